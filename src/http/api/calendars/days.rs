//! Reading the rows of a production calendar from a body: a csv file, or JSON.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest};

use crate::app::App;
use crate::domain::calendar::DayRow;
use crate::domain::policy::files::read_days;
use crate::domain::{Invalid, Refusal};
use crate::http::json::{BodyDigest, collect, need_json, parse};
use crate::http::problem::Problem;

/// The rows that were sent, and where each stood.
#[derive(Debug)]
pub(super) struct Days {
    pub(super) rows: Vec<DayRow>,
    pub(super) places: Places,
    pub(super) digest: BodyDigest,
}

/// Where rows stood in a body.
#[derive(Debug)]
pub(super) enum Places {
    /// In an array, each at its position.
    Positions,
    /// In a file, each in this line.
    Lines(Vec<u64>),
}

impl Places {
    /// Where in the body a place of the amendment is; nowhere in particular if it is not a row that was sent.
    pub(super) fn of(&self, pointer: &str) -> String {
        let Some(position) = pointer.strip_prefix("/days/0/days/").and_then(|row| row.parse::<usize>().ok()) else {
            return String::new();
        };
        match self {
            Places::Positions => format!("/{position}"),
            Places::Lines(lines) => lines.get(position).map(|line| format!("/{line}")).unwrap_or_default(),
        }
    }
}

impl FromRequest for Days {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Days, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = request.app_data::<App>().map_or(1 << 20, |app| app.config().limits.body_bytes);
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let is_csv = is_csv(&request);
            if !is_csv {
                need_json(&request).map_err(|_| neither())?;
            }
            let body = collect(&request, payload, limit).await?;
            let digest = BodyDigest::of(&body);
            if is_csv {
                let (lines, rows) = read(&body)?.into_iter().unzip();
                return Ok(Days { rows, places: Places::Lines(lines), digest });
            }
            Ok(Days { rows: parse(&body)?, places: Places::Positions, digest })
        })
    }
}

fn is_csv(request: &HttpRequest) -> bool {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let essence = text(header::CONTENT_TYPE).and_then(|value| value.split(';').next()).map(str::trim);
    let plain = text(header::CONTENT_ENCODING).is_none_or(|coding| coding.trim().eq_ignore_ascii_case("identity"));
    plain && essence.is_some_and(|essence| essence.eq_ignore_ascii_case("text/csv"))
}

fn neither() -> Problem {
    let detail = "the body must be text/csv or application/json, and not compressed";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Not a type we read", detail)
}

/// The rows of a file, each with its line.
pub(in crate::http) fn read(body: &[u8]) -> Result<Vec<(u64, DayRow)>, Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|error| Problem::malformed(format!("the body is not UTF-8 from byte {} on", error.valid_up_to())))?;
    if let Some(at) = text.find('\0') {
        let line = 1 + text[..at].matches('\n').count();
        return Err(Problem::invalid(format!("/{line}"), "no text may contain U+0000"));
    }
    read_days(text).map_err(|faults| {
        let faults = faults.into_iter().map(|fault| Invalid {
            pointer: if fault.line == 0 { String::new() } else { format!("/{}", fault.line) },
            message: fault.message,
        });
        Refusal::Invalid(faults.collect()).into()
    })
}
