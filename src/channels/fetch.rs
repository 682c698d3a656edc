//! Fetching the files of residents' messages from wherever they are: nothing about them can be trusted.

use std::io::{self, Read as _};
use std::time::Duration;

use url::Url;

use super::{SendError, public};
use crate::domain::file::MediaType;

/// How often a host may send us on.
const MOST_REDIRECTS: u32 = 3;

/// A file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// What the content is, told from itself.
    pub media_type: MediaType,
    pub content: Vec<u8>,
}

/// Why a file was not fetched. No text holds the address, which may hold a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missed {
    /// It may not be taken in: too large, of no type that is, in a private network.
    #[error("{0}")]
    Refused(String),
    /// It could not be had.
    #[error(transparent)]
    Failed(#[from] SendError),
}

/// Fetches files.
pub struct Fetcher {
    agent: ureq::Agent,
    most: u64,
}

impl Fetcher {
    /// A fetcher that gives up on a file after `timeout`, and refuses one of more than `most` bytes. Unless `allow_private`, hosts on
    /// private, loopback and link-local addresses are refused, also those that a redirect leads to.
    pub fn new(timeout: Duration, most: u64, allow_private: bool) -> Fetcher {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(MOST_REDIRECTS)
            .max_redirects_will_error(true)
            .proxy(None)
            .user_agent("Otklik")
            .build();
        Fetcher { agent: public::agent(config, allow_private), most }
    }

    /// Fetches the file at an address. Sends no credentials, whatever the address holds. Blocks.
    ///
    /// # Errors
    /// [`Missed`].
    pub fn fetch(&self, address: &str) -> Result<Fetched, Missed> {
        let url = plain(address).ok_or_else(|| gone("the address cannot be used"))?;
        let mut response = self.agent.get(url.as_str()).call().map_err(|error| missed(&error))?;
        match response.status().as_u16() {
            200 => {}
            status @ (404 | 410) => return Err(gone(&format!("the file is gone ({status})"))),
            status @ (403 | 408 | 425 | 429 | 500..=599) => {
                let wait = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
                let why = format!("the host answered {status}");
                return Err(SendError::Retry(why, wait.map(Duration::from_secs)).into());
            }
            status => return Err(gone(&format!("the host answered {status}"))),
        }
        if response.body().content_length().is_some_and(|length| length > self.most) {
            return Err(self.too_large());
        }
        let mut content = Vec::new();
        // One byte more than there may be: then it is known that there is more.
        let body = response.body_mut().with_config().limit(u64::MAX).reader();
        body.take(self.most + 1).read_to_end(&mut content).map_err(broken)?;
        if content.len() as u64 > self.most {
            return Err(self.too_large());
        }
        let found = infer::get(&content).map_or("an unknown type", |found| found.mime_type());
        match MediaType::of(found) {
            Some(media_type) => Ok(Fetched { media_type, content }),
            None => Err(Missed::Refused(format!("files of this type are not taken in: {found}"))),
        }
    }

    fn too_large(&self) -> Missed {
        Missed::Refused(format!("the file is larger than {} bytes", self.most))
    }
}

/// The address as it is asked for: in ASCII, without a name and a password; none if it is not one of the web.
fn plain(address: &str) -> Option<Url> {
    let mut url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    Some(url)
}

fn gone(why: &str) -> Missed {
    SendError::GiveUp(why.to_owned()).into()
}

fn missed(error: &ureq::Error) -> Missed {
    let retry = |why: &str| SendError::Retry(why.to_owned(), None).into();
    match error {
        error if public::is_refusal(error) => Missed::Refused("the file lies in a private network".to_owned()),
        ureq::Error::TooManyRedirects => Missed::Refused("the host sends on and on".to_owned()),
        ureq::Error::RedirectFailed | ureq::Error::BadUri(_) => {
            Missed::Refused("the host sends on to nowhere".to_owned())
        }
        ureq::Error::HostNotFound => retry("the host is not known"),
        ureq::Error::Timeout(_) => retry("the host took too long"),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => retry("the host's certificate is not trusted"),
        _ => retry("no connection to the host"),
    }
}

fn broken(error: io::Error) -> Missed {
    match ureq::Error::from(error) {
        timeout @ ureq::Error::Timeout(_) => missed(&timeout),
        _ => SendError::Retry("the file broke off".to_owned(), None).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_plain() {
        let plain = |address: &str| plain(address).map(String::from);
        assert_eq!(plain("https://a:b@example.org/ё.jpg#x").as_deref(), Some("https://example.org/%D1%91.jpg"));
        assert_eq!(plain("http://пример.рф/1").as_deref(), Some("http://xn--e1afmkfd.xn--p1ai/1"));
        assert_eq!(plain("http://0x7f.1/").as_deref(), Some("http://127.0.0.1/"));
        for bad in ["file:///etc/passwd", "telegram:file/x", "http://", "//example.org", "data:text/html,x"] {
            assert_eq!(plain(bad), None, "{bad}");
        }
    }
}
