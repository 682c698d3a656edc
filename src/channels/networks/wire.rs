//! How adapters ask their networks: blocking HTTP, JSON answers, and one reading of what went wrong.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use ureq::RequestBuilder;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::WithBody;

use super::super::SendError;

/// The largest answer of a network that is read.
const MOST: u64 = 4 << 20;

/// Where the networks' APIs are, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bases {
    pub vk: String,
    pub telegram: String,
    pub odnoklassniki: String,
    pub max: String,
}

/// Asks networks. Cheap to clone.
#[derive(Clone)]
pub struct Wire {
    agent: ureq::Agent,
    pub bases: Bases,
}

/// An answer of a network, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    /// `null` if the body was not JSON.
    pub body: Value,
    /// What `Retry-After` asks for.
    pub wait: Option<Duration>,
}

impl Wire {
    /// Waits for each answer this long. `roots` are certificates in DER that are trusted; empty: those compiled in.
    pub fn new(bases: Bases, timeout: Duration, roots: &[Vec<u8>]) -> Wire {
        let mut config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("Otklik");
        if !roots.is_empty() {
            let trusted = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect::<Vec<_>>();
            let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&trusted)).build();
            config = config.tls_config(tls);
        }
        Wire { agent: config.build().into(), bases }
    }

    /// GET with query parameters and headers.
    ///
    /// # Errors
    /// [`SendError::Retry`] or [`SendError::Unsure`].
    pub fn get(&self, url: &str, query: &[(&str, &str)], headers: &[(&str, &str)]) -> Result<Reply, SendError> {
        self.get_patiently(url, query, headers, Duration::ZERO)
    }

    /// GET as [`Wire::get`], waiting up to `patience` beyond the usual: for a network that holds the answer back until there is one.
    ///
    /// # Errors
    /// As [`Wire::get`].
    pub fn get_patiently(
        &self,
        url: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        patience: Duration,
    ) -> Result<Reply, SendError> {
        let timeout = self.agent.config().timeouts().global.map(|usual| usual + patience);
        let mut request = self.agent.get(url).query_pairs(query.iter().copied());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.config().timeout_global(timeout).build().call())
    }

    /// DELETE with query parameters and headers.
    ///
    /// # Errors
    /// As [`Wire::get`].
    pub fn delete(&self, url: &str, query: &[(&str, &str)], headers: &[(&str, &str)]) -> Result<Reply, SendError> {
        let mut request = self.agent.delete(url).query_pairs(query.iter().copied());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call())
    }

    /// POST of a form.
    ///
    /// # Errors
    /// As [`Wire::get`].
    pub fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Result<Reply, SendError> {
        read(self.agent.post(url).send_form(form.iter().copied()))
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// As [`Wire::get`].
    pub fn post_json(
        &self,
        url: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: &impl Serialize,
    ) -> Result<Reply, SendError> {
        let mut request: RequestBuilder<WithBody> = self.agent.post(url).query_pairs(query.iter().copied());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send_json(body))
    }
}

fn read(sent: Result<Response<ureq::Body>, ureq::Error>) -> Result<Reply, SendError> {
    let mut response = sent.map_err(|error| missed(&error))?;
    let status = response.status().as_u16();
    let wait = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
    let text = response.body_mut().with_config().limit(MOST).read_to_string().map_err(|error| missed(&error))?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Reply { status, body, wait: wait.map(Duration::from_secs) })
}

/// Before the handshake is over nothing has been said.
const UNTRUSTED: &str = "the network's certificate is not trusted";

/// What is left unsaid by a network: whether it did what it was asked. The error's text never holds the address, which may hold a
/// token.
fn missed(error: &ureq::Error) -> SendError {
    use ureq::Timeout::{Connect, Resolve};
    match error {
        ureq::Error::HostNotFound => SendError::Retry("the network's host is not known".to_owned(), None),
        ureq::Error::ConnectionFailed => SendError::Retry("no connection to the network".to_owned(), None),
        ureq::Error::Timeout(Connect | Resolve) => SendError::Retry("no connection in time".to_owned(), None),
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
            SendError::Retry("the connection was refused".to_owned(), None)
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => SendError::Retry(UNTRUSTED.to_owned(), None),
        // What goes wrong in a handshake comes as the failure of the first write.
        ureq::Error::Io(io)
            if io.get_ref().is_some_and(|why| why.to_string().starts_with("invalid peer certificate")) =>
        {
            SendError::Retry(UNTRUSTED.to_owned(), None)
        }
        ureq::Error::BadUri(_) => SendError::GiveUp("the network's address cannot be used".to_owned()),
        ureq::Error::Timeout(_) => SendError::Unsure("no answer in time".to_owned()),
        _ => SendError::Unsure("the answer broke off".to_owned()),
    }
}
