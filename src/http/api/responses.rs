//! What requests may be answered when they fail, for the description: a handler names the sets that fit it.

use std::collections::BTreeMap;

use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};

use crate::http::problem::{MEDIA_TYPE, ProblemDocument};

/// Declares a set of failures.
macro_rules! sets {
    ($($(#[$meta:meta])* $name:ident { $($status:literal $what:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(($status, $what)),+].into_iter().map(|(status, what)| (status.to_owned(), problem(what))).collect()
            }
        }
    )+};
}

sets! {
    /// Anything may come when too much is asked for.
    Public {
        "503" "Busy for the moment: come back after `Retry-After` seconds",
    }
    /// For those who are signed in and have the right.
    Guarded {
        "401" "Nobody is signed in, or the token is not good (any more)",
        "403" "The role does not have the right, or not here",
        "503" "Busy for the moment: come back after `Retry-After` seconds",
    }
    /// Asks for one thing.
    Finds {
        "404" "There is no such thing, or none that the caller may see",
    }
    /// Takes parameters.
    Asks {
        "422" "A parameter is not valid; `errors` names each",
    }
    /// Takes a body.
    Takes {
        "400" "The body or a header cannot be read",
        "408" "The body took too long to arrive",
        "413" "The body is too large",
        "415" "The body is not JSON",
        "422" "The body is not valid; `errors` names each fault. Or the Idempotency-Key was used for another request",
    }
    /// Takes headers, and no body.
    Reads {
        "400" "A header cannot be read",
        "422" "The Idempotency-Key was used for another request",
    }
    /// Changes something.
    Changes {
        "409" "Not possible as things stand, or somebody else was faster",
        "412" "It changed since the version in If-Match; `current` is the version that stands",
    }
    /// Makes something.
    Makes {
        "409" "Not possible as things stand, or somebody else was faster",
    }
    /// Asks a social network.
    Told {
        "502" "The social network refused (`network_refused`); `detail` is what it said"
    }
    /// May be slowed down.
    Slows {
        "429" "Too many attempts: come back after `Retry-After` seconds",
    }
}

fn problem(what: &str) -> RefOr<Response> {
    let schema = Ref::from_schema_name(ProblemDocument::name());
    ResponseBuilder::new()
        .description(what)
        .content(MEDIA_TYPE, ContentBuilder::new().schema(Some(schema)).build())
        .build()
        .into()
}
