//! Templates, which strategies are made of.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::client::{Call, Client};
use crate::pages::{Page, PageQuery, Pages, pairs};
use crate::trading::NewVersion;

const TEMPLATES: &str = "/v1/trading/templates";

/// What a strategy begins with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Template {
    /// Number.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// The strategy's first version.
    pub template_data: NewVersion,
    /// Whether everybody reads it.
    pub is_public: bool,
    /// Whether it is one's own.
    pub own: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A template that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NewTemplate {
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// The strategy's first version.
    pub template_data: NewVersion,
    /// Whether everybody reads it.
    pub is_public: bool,
}

/// A change of a template; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TemplateChange {
    /// What it is called.
    pub name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// All of the strategy's first version.
    pub template_data: Option<NewVersion>,
    /// Whether everybody reads it.
    pub is_public: Option<bool>,
}

impl Client {
    /// A page of one's own templates and those that are shared, the oldest first.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn templates(&self, query: &PageQuery) -> Result<Page<Template>> {
        self.query(TEMPLATES, pairs(query)).await
    }

    /// The same, however many, page by page.
    #[must_use]
    pub fn template_pages(&self, query: &PageQuery) -> Pages<Template> {
        Pages::new(self, TEMPLATES, pairs(query))
    }

    /// A template.
    ///
    /// # Errors
    /// `unknown_template`.
    pub async fn template(&self, id: Uuid) -> Result<Template> {
        self.get(format!("{TEMPLATES}/{id}")).await
    }

    /// Makes a template.
    ///
    /// # Errors
    /// `name_taken`, `invalid_strategy`, `invalid_schema`.
    pub async fn create_template(&self, new: &NewTemplate) -> Result<Template> {
        self.ask(Call::new(Method::POST, TEMPLATES.to_owned()).json(new)?).await
    }

    /// Changes a template of one's own.
    ///
    /// # Errors
    /// `unknown_template`, `name_taken`, `invalid_strategy`, `invalid_schema`.
    pub async fn change_template(&self, id: Uuid, change: &TemplateChange) -> Result<Template> {
        let call = Call::new(Method::PATCH, format!("{TEMPLATES}/{id}")).json(change)?;
        self.ask(call.harmless()).await
    }

    /// Deletes a template of one's own; strategies that were made of it stay.
    ///
    /// # Errors
    /// `unknown_template`.
    pub async fn delete_template(&self, id: Uuid) -> Result<()> {
        self.send(&Call::new(Method::DELETE, format!("{TEMPLATES}/{id}"))).await.map(drop)
    }
}
