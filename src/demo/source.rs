//! The demo's source: where the residents' messages come in, and where the answers to them go.

use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Failed;
use super::client::{Member, Missed};
use super::receiver;
use crate::channels::webhook;
use crate::domain::Id;

/// The name of the demo's source.
pub const NAME: &str = "demo-city";

#[derive(Deserialize)]
struct Source {
    id: Id,
    name: String,
}

#[derive(Deserialize)]
struct SourceWithSecret {
    secret: String,
}

#[derive(Deserialize)]
struct Sources {
    items: Vec<Source>,
}

/// Makes the demo's source, or takes it over with a new secret. Answers go to the bridge from now on. The bytes of the secret.
///
/// # Errors
/// [`Failed::Refused`].
pub fn open(administrator: &mut Member, bridge: SocketAddr) -> Result<Vec<u8>, Failed> {
    let secret = secret(administrator, bridge).map_err(|_| Failed::Refused("sources"))?;
    webhook::decode_secret(&secret).ok_or(Failed::Refused("the source's secret"))
}

fn secret(administrator: &mut Member, bridge: SocketAddr) -> Result<String, Missed> {
    let reply_url = format!("http://{bridge}{}", receiver::PATH);
    let known: Sources = administrator.get("/api/v1/sources?limit=200")?;
    let made: SourceWithSecret = match known.items.iter().find(|source| source.name == NAME) {
        Some(source) => {
            let path = format!("/api/v1/sources/{}", source.id);
            // In this order, so that whatever reaches the bridge is signed with the new secret.
            let made = administrator.post(&format!("{path}/secret"), &json!({ "keep_hours": 0 }))?;
            administrator.patch::<Value>(&path, &json!({ "reply_url": reply_url, "active": true }))?;
            made
        }
        None => {
            let new = json!({ "name": NAME, "title": "Демонстрация: жители города", "network": "vk", "reply_url": reply_url });
            administrator.post("/api/v1/sources", &new)?
        }
    };
    Ok(made.secret)
}
