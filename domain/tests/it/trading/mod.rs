//! Trading by its public face.

mod paper;
