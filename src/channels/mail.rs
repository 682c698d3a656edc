//! Letters to staff by SMTP: one multipart message in text and HTML, handed to one server.

mod letter;

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, Message, SmtpTransport, Transport as _};

use super::SendError;
use crate::domain::At;
pub use letter::{Letter, Line};

/// Hands letters to a mail server. Each letter has a connection of its own: what one of them meets, the next one does not.
pub struct Mailer {
    transport: SmtpTransport,
    from: Mailbox,
}

impl Mailer {
    /// A mailer for a server, which may take `timeout` to accept the connection and as long again for each command.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub fn new(url: &str, from: Mailbox, timeout: Duration) -> Result<Mailer, String> {
        let server = SmtpTransport::from_url(url).map_err(|error| error.to_string())?;
        Ok(Mailer { transport: server.timeout(Some(timeout)).build(), from })
    }

    /// Sends a letter. Blocks.
    ///
    /// When the server falls silent after it has the whole letter, nobody knows whether it took it. It is sent again then, with the
    /// same Message-ID, by which mail programs show it once.
    ///
    /// # Errors
    /// [`SendError::Retry`] for what may pass (no connection, silence, a passing refusal, a refusal of ourselves),
    /// [`SendError::GiveUp`] when the server refuses this letter for good.
    pub fn send(&self, letter: &Letter, now: At) -> Result<(), SendError> {
        let message = message(letter, &self.from, now)?;
        self.transport.send(&message).map(|_| ()).map_err(|error| fate(&error))
    }
}

/// What a failure means for the letter.
fn fate(error: &SmtpError) -> SendError {
    let why = if is_silence(error) { "the mail server did not answer in time".to_owned() } else { error.to_string() };
    // Authentication is our settings' matter: no letter is lost by a password that was changed.
    let of_ours = error.status().is_some_and(|code| matches!(code.to_string().as_str(), "530" | "534" | "535" | "538"));
    if error.is_permanent() && !of_ours { SendError::GiveUp(why) } else { SendError::Retry(why, None) }
}

/// Whether the server did not answer in time. The system says so in other words for a connection than for a command.
fn is_silence(error: &SmtpError) -> bool {
    std::iter::successors(error.source(), |cause| (*cause).source())
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock))
}

/// The letter as it goes over the wire.
fn message(letter: &Letter, from: &Mailbox, now: At) -> Result<Message, SendError> {
    let address: Address =
        letter.email.parse().map_err(|error| SendError::GiveUp(format!("the address is none: {error}")))?;
    // A name is for people to read; what is no character of a line has no place in a header.
    let name: String = letter.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let raw = |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(Some(name), address))
        .subject(letter.subject())
        .date(now.0.into())
        .message_id(Some(format!("<letter.{}@{}>", letter.id, from.email.domain())))
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(raw("List-Unsubscribe", format!("<{}>", letter.off_url)))
        .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()))
        .multipart(MultiPart::alternative_plain_html(letter.text(), letter.html()));
    message.map_err(|error| SendError::GiveUp(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::notice::is_email;

    #[test]
    fn what_is_an_address_to_us_is_one_to_the_mailer() {
        for address in ["anna@example.org", "a.b+c@mail.omsk.example", "o'neil@a-b.ru", "x@xn--80akhbyknj4f.xn--p1ai"] {
            assert!(is_email(address) && address.parse::<Address>().is_ok(), "{address}");
        }
    }

    #[test]
    fn a_name_cannot_bring_headers_of_its_own() {
        let letter = letter::tests::sample();
        let letter = Letter { name: "Анна\r\nBcc: all@example.org".to_owned(), ..letter };
        let from = "Отклик <otklik@example.org>".parse().unwrap();
        let wire = String::from_utf8(message(&letter, &from, At::now()).unwrap().formatted()).unwrap();
        assert!(!wire.contains("\r\nBcc"), "{wire}");
        assert!(wire.is_ascii());
        assert!(wire.contains(&format!("Message-ID: <letter.{}@example.org>\r\n", letter.id)), "{wire}");
    }

    #[test]
    fn a_letter_to_no_address_is_given_up() {
        let letter = Letter { email: "nobody".to_owned(), ..letter::tests::sample() };
        let from = "otklik@example.org".parse().unwrap();
        assert!(matches!(message(&letter, &from, At::now()), Err(SendError::GiveUp(_))));
    }
}
