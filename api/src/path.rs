//! What stands in a request's path; what can't be understood is a problem that says which part.

use axum::extract::FromRequestParts;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::{Code, Problem};

/// The parts of the path that change, in their order.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(found)) => Ok(Self(found)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                let wrong = |detail| Problem::new(Code::InvalidRequest, detail);
                Err(match error.into_kind() {
                    ErrorKind::DeserializeError { key, value, message } => {
                        wrong(format!("{key} is {value:?}: {message}")).about(key)
                    }
                    ErrorKind::ParseErrorAtKey { key, value, expected_type } => {
                        wrong(format!("{key} is {value:?}, not a {expected_type}")).about(key)
                    }
                    other => wrong(other.to_string()),
                })
            }
            Err(error) => Err(Problem::new(Code::InvalidRequest, error.body_text())),
        }
    }
}
