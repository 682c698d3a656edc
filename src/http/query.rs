//! Reading query strings: each parameter once, none that is not known, and every fault named by its parameter.

use std::fmt;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::web;
use actix_web::{FromRequest, HttpRequest};
use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use super::paging::PARAMETERS;
use super::problem::Problem;
use super::ui::visitor::{SAID, is_of_pages};

/// The parameters of a query string, but for those of [`Paging`](super::paging::Paging), which a handler extracts beside it.
///
/// `T` should deny unknown fields, so that a misspelt filter is refused instead of ignored.
#[derive(Debug, Clone)]
pub struct Query<T>(T);

impl<T> Query<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(request.query_string()).and_then(|mut pairs| {
            let is_page = is_of_pages(request.path());
            pairs.retain(|(name, _)| !(PARAMETERS.contains(&name.as_str()) || is_page && name == SAID));
            read(pairs).map(Query)
        }))
    }
}

/// The decoded parameters.
///
/// # Errors
/// 422 when one is given twice or holds U+0000.
pub(in crate::http) fn pairs(query: &str) -> Result<Vec<(String, String)>, Problem> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|error| Problem::malformed(format!("the query cannot be read: {error}")))?
        .into_inner();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(Problem::invalid(name, "may be given once"));
        }
        if name.contains('\0') || value.contains('\0') {
            return Err(Problem::invalid(name.replace('\0', ""), "may not contain U+0000"));
        }
    }
    Ok(pairs)
}

/// Reads decoded parameters into a value.
///
/// # Errors
/// 422, naming the parameter.
pub(in crate::http) fn read<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, Problem> {
    let values = pairs.into_iter().map(|(name, value)| (name, Text(value)));
    let reader = MapDeserializer::<_, de::value::Error>::new(values);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        Problem::invalid(if path == "." { String::new() } else { path }, error.into_inner().to_string())
    })
}

/// Reads a list from one parameter, its items divided by commas: `#[serde(default, deserialize_with = "query::list")]`, and in the
/// OpenAPI `#[param(style = Form, explode = false)]`.
///
/// # Errors
/// When an item does not read.
pub fn list<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: fmt::Display,
{
    let text = <String as serde::Deserialize>::deserialize(from)?;
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| item.parse().map_err(de::Error::custom)).collect()
}

/// Reads a field that a form may leave empty: `#[serde(default, deserialize_with = "query::filled")]`.
///
/// # Errors
/// When what was filled in does not read.
pub fn filled<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: fmt::Display,
{
    let text = <String as serde::Deserialize>::deserialize(from)?;
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(de::Error::custom),
    }
}

/// One parameter's text, which reads as a number or a flag where one is asked for.
struct Text(String);

impl IntoDeserializer<'_> for Text {
    type Deserializer = Text;

    fn into_deserializer(self) -> Text {
        self
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $what:literal),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            let value = self.0.parse().map_err(|_| de::Error::custom(concat!("must be ", $what)))?;
            visitor.$visit(value)
        }
    )+};
}

impl<'de> Deserializer<'de> for Text {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    parsed! {
        deserialize_bool visit_bool "true or false",
        deserialize_i8 visit_i8 "a whole number",
        deserialize_i16 visit_i16 "a whole number",
        deserialize_i32 visit_i32 "a whole number",
        deserialize_i64 visit_i64 "a whole number",
        deserialize_u8 visit_u8 "a whole number",
        deserialize_u16 visit_u16 "a whole number",
        deserialize_u32 visit_u32 "a whole number",
        deserialize_u64 visit_u64 "a whole number",
        deserialize_f32 visit_f32 "a number",
        deserialize_f64 visit_f64 "a number",
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::domain::{At, Id, Step};

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Filter {
        #[serde(deserialize_with = "list")]
        step: Vec<Step>,
        source: Option<Id>,
        from: Option<At>,
        overdue: Option<bool>,
        severity: Option<i32>,
        one: Option<Step>,
        q: Option<String>,
    }

    fn filter(query: &str) -> Result<Filter, String> {
        pairs(query).and_then(read).map_err(|problem| problem.to_string())
    }

    #[test]
    fn parameters_read_as_what_they_are() {
        let filter = filter(
            "step=assigned,in_work&source=019a0000-0000-7000-8000-000000000000&from=2025-01-01T00:00:00Z&overdue=true\
             &severity=-3&one=closed&q=%D1%81%D0%BD%D0%B5%D0%B3+%26",
        )
        .unwrap();
        assert_eq!(filter.step, [Step::Assigned, Step::InWork]);
        assert_eq!((filter.overdue, filter.severity, filter.one), (Some(true), Some(-3), Some(Step::Closed)));
        assert_eq!(filter.q.as_deref(), Some("снег &"));
        assert!(filter.source.is_some() && filter.from.is_some());
    }

    #[test]
    fn a_fault_names_its_parameter() {
        assert_eq!(filter("severity=x").unwrap_err(), "invalid: severity: must be a whole number");
        assert_eq!(filter("q=a&q=b").unwrap_err(), "invalid: q: may be given once");
        assert_eq!(filter("q=a%00b").unwrap_err(), "invalid: q: may not contain U+0000");
        assert!(filter("step=assigned,nowhere").unwrap_err().starts_with("invalid: step: "));
        assert!(filter("stepp=assigned").unwrap_err().contains("unknown field `stepp`"));
        assert!(filter("source=7").unwrap_err().starts_with("invalid: source: "));
    }

    #[test]
    fn nothing_given_is_nothing_asked() {
        assert_eq!(filter("").unwrap(), Filter::default());
    }
}
