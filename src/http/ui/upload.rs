//! A file that was sent with a form.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::stream;

use super::form::FIELD;
use super::visitor::Visitor;
use crate::http::json::collect;
use crate::http::problem::Problem;

/// The largest form with a file, in bytes.
const LARGEST: usize = 16 << 20;

/// A form that was sent whole (`multipart/form-data`): its texts and its file. Read only when it comes from a page of the same sign-in.
#[derive(Debug)]
pub struct Upload {
    texts: BTreeMap<String, String>,
    /// What was chosen; none if nothing was.
    pub file: Option<File>,
}

/// A file.
#[derive(Debug)]
pub struct File {
    pub content: Bytes,
}

impl Upload {
    /// What was filled in; empty if nothing was.
    pub fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// The number that was filled in; none if nothing was.
    ///
    /// # Errors
    /// 422 for what is no number.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Problem> {
        match self.text(name).trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Problem::invalid(name, "must be a whole number")),
        }
    }

    /// A text field, or what the file says where there is none.
    ///
    /// # Errors
    /// 400 when the file is no text in UTF-8.
    pub fn text_or_file(&self, name: &str) -> Result<String, Problem> {
        match (&self.file, self.text(name)) {
            (Some(file), _) => std::str::from_utf8(&file.content)
                .map(|text| text.trim_start_matches('\u{feff}').to_owned())
                .map_err(|_| Problem::malformed("the file is not a text in UTF-8")),
            (None, text) => Ok(text.to_owned()),
        }
    }
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Upload, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload).into_inner();
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let visitor = visitor?;
            let boundary = boundary(&request)?;
            let body = collect(&request, payload, LARGEST).await?;
            let upload = read(body, boundary).await?;
            let home = super::form::is_from_here(request.headers());
            if home {
                let texts = upload.texts.iter();
                super::form::keep(&request, texts.map(|(name, text)| (name.into(), text.into())));
            }
            if home && visitor.proof.is(upload.text(FIELD)) { Ok(upload) } else { Err(super::form::outdated()) }
        })
    }
}

fn boundary(request: &HttpRequest) -> Result<String, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    multer::parse_boundary(kind).map_err(|_| Problem::malformed("the form must be multipart/form-data"))
}

async fn read(body: Bytes, boundary: String) -> Result<Upload, Problem> {
    let unreadable = |error: multer::Error| Problem::malformed(format!("the form cannot be read: {error}"));
    let whole = stream::once(async { Ok::<_, std::convert::Infallible>(body) });
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut upload = Upload { texts: BTreeMap::new(), file: None };
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let content = part.bytes().await.map_err(unreadable)?;
                // A browser sends an empty file where none was chosen.
                if !(file.is_empty() && content.is_empty()) {
                    upload.file = Some(File { content });
                }
            }
            None => {
                upload.texts.insert(name, part.text().await.map_err(unreadable)?);
            }
        }
    }
    Ok(upload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn texts_and_a_file_are_read() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nприказ\r\n\
                    --X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
                    Content-Type: text/csv\r\n\r\ndate,kind\n\r\n--X--\r\n";
        let upload = read(Bytes::from(body), "X".to_owned()).await.unwrap();
        assert_eq!(upload.text("note"), "приказ");
        assert!(upload.file.is_some());
        assert_eq!(upload.text_or_file("rows").unwrap(), "date,kind\n");
    }

    #[actix_web::test]
    async fn no_file_chosen_is_none() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\
                    Content-Type: application/octet-stream\r\n\r\n\r\n--X--\r\n";
        assert!(read(Bytes::from(body), "X".to_owned()).await.unwrap().file.is_none());
        assert!(read(Bytes::from("--Y"), "X".to_owned()).await.is_err());
    }
}
