//! JSON bodies, read strictly: what can't be understood is a problem that says where.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};

/// A body of that form.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE))
            }
            // Serde's words name the field and never the value of a text.
            Err(JsonRejection::JsonDataError(error)) => {
                Err(Problem::new(Code::InvalidBody, error.body_text()))
            }
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(Problem::new(Code::InvalidBody, "Content-Type is to be application/json"))
            }
            Err(_) => Err(Problem::new(Code::InvalidBody, "the body is no JSON")),
        }
    }
}
