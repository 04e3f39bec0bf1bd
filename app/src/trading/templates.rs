//! Templates of strategies, one's own or shared with everybody.

use domain::trading::{check_description, check_json, check_name};
use serde_json::{Map, Value, json};
use store::auth::users;
use store::trading::templates::{self, Template};
use store::trading::versions::VersionTerms;
use store::{StoreError, Tx};
use uuid::Uuid;

use super::strategies::check_version;
use super::{Thing, Trading, TradingError, note, room, taken};
use crate::auth::Actor;

/// A template to be made.
#[derive(Debug, Clone)]
pub struct NewTemplate {
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// What a strategy's first version is made of.
    pub version: VersionTerms,
    /// Whether everybody reads it.
    pub is_public: bool,
}

/// A change of a template; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct TemplateChange {
    /// What it is called.
    pub name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// What a strategy's first version is made of.
    pub version: Option<VersionTerms>,
    /// Whether everybody reads it.
    pub is_public: Option<bool>,
}

impl Trading {
    /// Templates that somebody may read, the oldest first, after that number; `limit` at most.
    ///
    /// # Errors
    /// The database's.
    pub async fn templates(
        &self,
        user: Uuid,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Template>, TradingError> {
        Ok(templates::list(&self.0.db, user, after, limit).await?)
    }

    /// A template that somebody may read.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn template(&self, user: Uuid, id: Uuid) -> Result<Template, TradingError> {
        templates::read(&self.0.db, user, id).await?.ok_or(TradingError::Unknown(Thing::Template))
    }

    /// Makes a template of somebody's own.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Taken`], [`TradingError::TooMany`]; the database's.
    pub async fn create_template(
        &self,
        actor: &Actor,
        user: Uuid,
        wanted: NewTemplate,
    ) -> Result<Template, TradingError> {
        let now = self.now();
        let new = &Template {
            id: self.id(now),
            created_by: Some(user),
            template_data: data(&wanted.version)?,
            name: wanted.name,
            description: wanted.description,
            is_public: wanted.is_public,
            created_at: now,
            updated_at: now,
        };
        check(new)?;
        let entry = &self.entry(actor, "template.create", new.id);
        let create = |tx: Tx| async move {
            users::hold(&tx, user).await?;
            room(Thing::Template, templates::count(&tx, user).await?)?;
            let made = templates::write(&tx, new).await;
            let made = made.map_err(taken(Thing::Template, &new.name))?;
            note(&tx, entry, None, Some(json!({ "is_public": made.is_public }))).await?;
            Ok(made)
        };
        self.0.db.run("trading.create_template", create).await
    }

    /// Changes a template of somebody's own. What changes nothing leaves no trace.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`], [`TradingError::Taken`]; the database's.
    pub async fn change_template(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
        wanted: TemplateChange,
    ) -> Result<Template, TradingError> {
        let data = &wanted.version.as_ref().map(data).transpose()?;
        let (wanted, now) = (&wanted, self.now());
        let entry = &self.entry(actor, "template.change", id);
        let change = |tx: Tx| async move {
            let before = templates::hold(&tx, user, id).await?;
            let before = before.ok_or(TradingError::Unknown(Thing::Template))?;
            let after = Template {
                name: wanted.name.clone().unwrap_or_else(|| before.name.clone()),
                description: wanted.description.clone().or_else(|| before.description.clone()),
                template_data: data.clone().unwrap_or_else(|| before.template_data.clone()),
                is_public: wanted.is_public.unwrap_or(before.is_public),
                ..before.clone()
            };
            if after == before {
                return Ok(before);
            }
            check(&after)?;
            let written = templates::write(&tx, &Template { updated_at: now, ..after }).await;
            let after = written
                .map_err(taken(Thing::Template, wanted.name.as_deref().unwrap_or_default()))?;
            let is = |is_public: bool| Some(json!({ "is_public": is_public }));
            note(&tx, entry, is(before.is_public), is(after.is_public)).await?;
            Ok(after)
        };
        self.0.db.run("trading.change_template", change).await
    }

    /// Deletes a template of somebody's own; strategies that were made of it stay.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn delete_template(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
    ) -> Result<(), TradingError> {
        let entry = &self.entry(actor, "template.delete", id);
        let delete = |tx: Tx| async move {
            let gone = templates::delete(&tx, user, id).await?;
            if gone {
                note(&tx, entry, None, None).await?;
            }
            Ok::<_, StoreError>(gone)
        };
        let gone = self.0.db.run("trading.delete_template", delete).await?;
        if gone { Ok(()) } else { Err(TradingError::Unknown(Thing::Template)) }
    }
}

fn check(template: &Template) -> Result<(), TradingError> {
    check_name(&template.name)?;
    check_description("description", template.description.as_deref())?;
    Ok(check_json("template_data", &template.template_data)?)
}

/// What a template keeps of a version.
fn data(version: &VersionTerms) -> Result<Value, TradingError> {
    check_version(version)?;
    let mut data = Map::new();
    data.insert("parameters".to_owned(), version.parameters.clone());
    if let Some(schema) = &version.config_schema {
        data.insert("config_schema".to_owned(), schema.clone());
    }
    Ok(Value::Object(data))
}
