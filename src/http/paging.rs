//! Lists by pages. A cursor is the key of the last item shown, signed; so pages stay right while items come and go, and cost the same
//! however far one reads.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::query;
use super::ui::visitor::{SAID, is_of_pages};
use crate::app::App;
use crate::config::keyed_hash;

/// The parameters that [`Paging`] reads, which [`Query`](query::Query) leaves to it.
pub(in crate::http) const PARAMETERS: [&str; 3] = ["cursor", "limit", "total"];

/// How many items a page has unless asked otherwise.
const USUAL: i64 = 50;
/// How many items a page has at most.
const MOST: i64 = 200;
/// How many bytes of the signature a cursor carries.
const SIGNED: usize = 12;

/// Which page is asked for, as it stands in the query string.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PagingParameters {
    /// Goes on after the page whose `next` this is. It is opaque, and good only with the same filter and order.
    #[param(max_length = 1000)]
    cursor: Option<String>,
    /// How many items the page has at most; 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// Whether to count all items. Counting a long list takes a while, so it is not done unasked.
    #[param(default = false)]
    total: Option<bool>,
}

/// Which page is asked for.
#[derive(Debug)]
pub struct Paging {
    given: PagingParameters,
    key: [u8; 32],
    list: String,
    address: String,
}

impl FromRequest for Paging {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = request.app_data::<App>().map(|app| app.keys().cursors);
        ready(key.ok_or_else(Problem::internal).and_then(|key| {
            let pairs = query::pairs(request.query_string())?.into_iter();
            let (paging, mut filter): (Vec<_>, Vec<_>) =
                pairs.partition(|(name, _)| PARAMETERS.contains(&name.as_str()));
            // A page may be told what to say once; it is the same list after that.
            filter.retain(|(name, _)| !(name == SAID && is_of_pages(request.path())));
            let given: PagingParameters = query::read(paging)?;
            Paging::new(given, key, request.path(), filter)
        }))
    }
}

impl Paging {
    fn new(
        given: PagingParameters,
        key: [u8; 32],
        path: &str,
        mut filter: Vec<(String, String)>,
    ) -> Result<Paging, Problem> {
        if !given.limit.is_none_or(|limit| (1..=MOST).contains(&limit)) {
            return Err(Problem::invalid("limit", format!("must be from 1 to {MOST}")));
        }
        filter.sort();
        let encoded: Vec<String> =
            filter.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let list = format!("{path}?{}", encoded.join("&"));
        let address = if encoded.is_empty() { format!("{path}?") } else { format!("{list}&") };
        Ok(Paging { given, key, list, address })
    }

    /// How many items the page has at most.
    pub fn limit(&self) -> i64 {
        self.given.limit.unwrap_or(USUAL)
    }

    /// How many items to read: one more than shown, to know whether there are more.
    pub fn reach(&self) -> i64 {
        self.limit() + 1
    }

    /// Whether the total is wanted.
    pub fn wants_total(&self) -> bool {
        self.given.total.unwrap_or(false)
    }

    /// The key of the item after which the page begins; none on the first page.
    ///
    /// # Errors
    /// 422 when the cursor is not one of ours, or of another list, filter or order.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.given.cursor else { return Ok(None) };
        let bad = || Problem::invalid("cursor", "must be a next of this very list, with the same filter and order");
        let (body, signature) = cursor.split_once('.').ok_or_else(bad)?;
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| bad())?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| bad())?;
        if signature.len() != SIGNED || self.sign(&body).verify_truncated_left(&signature).is_err() {
            return Err(bad());
        }
        serde_json::from_slice(&body).map(Some).map_err(|_| bad())
    }

    /// Makes the page of the items that were read, up to [`reach`](Paging::reach) of them. `key` is what the list is ordered by, and
    /// must tell any two items apart.
    pub fn page<T, K: Serialize>(self, mut items: Vec<T>, total: Option<i64>, key: impl Fn(&T) -> K) -> Page<T> {
        let shown = usize::try_from(self.limit()).unwrap_or(usize::MAX);
        let more = items.len() > shown;
        items.truncate(shown);
        let last = if more { items.last() } else { None };
        let next = last.and_then(|last| serde_json::to_vec(&key(last)).ok()).map(|key| self.cursor(&key));
        let link = next.as_ref().map(|next| {
            let limit = self.given.limit.map(|limit| format!("&limit={limit}")).unwrap_or_default();
            format!("<{}cursor={next}{limit}>; rel=\"next\"", self.address)
        });
        Page { items, next, total, link }
    }

    fn cursor(&self, key: &[u8]) -> String {
        let signature = self.sign(key).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(key), URL_SAFE_NO_PAD.encode(&signature[..SIGNED]))
    }

    fn sign(&self, key: &[u8]) -> Hmac<Sha256> {
        let mut mac = keyed_hash(&self.key);
        mac.update(&(self.list.len() as u64).to_be_bytes());
        mac.update(self.list.as_bytes());
        mac.update(key);
        mac
    }
}

/// Percent-encodes what may not stand in a query.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~,:".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The `cursor` of the page after this one; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many items the whole list has, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    #[serde(skip)]
    link: Option<String>,
}

impl<T> Page<T> {
    /// The same page with each item shown another way.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(show).collect(), next: self.next, total: self.total, link: self.link }
    }
}

impl<T: Serialize> Responder for Page<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(link) = &self.link {
            response.insert_header((header::LINK, link.as_str()));
        }
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        response.json(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(path: &str, filter: &[(&str, &str)], cursor: Option<String>, limit: Option<i64>) -> Paging {
        let filter = filter.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Paging::new(PagingParameters { cursor, limit, total: None }, [9; 32], path, filter).unwrap()
    }

    fn next(path: &str, filter: &[(&str, &str)]) -> String {
        paging(path, filter, None, Some(2)).page(vec![1, 2, 3], None, |n| (*n, "ключ")).next.unwrap()
    }

    #[test]
    fn a_cursor_leads_on_from_the_last_item_shown() {
        let page = paging("/x", &[("q", "снег")], None, Some(2)).page(vec![1, 2, 3], Some(9), |n| (*n, "ключ"));
        assert_eq!((page.items.len(), page.total), (2, Some(9)));
        let cursor = page.next.clone().unwrap();
        let link = format!("</x?q=%D1%81%D0%BD%D0%B5%D0%B3&cursor={cursor}&limit=2>; rel=\"next\"");
        assert_eq!(page.link, Some(link));
        let key = paging("/x", &[("q", "снег")], Some(cursor), None).after::<(i32, String)>().unwrap();
        assert_eq!(key, Some((2, "ключ".to_owned())));
    }

    #[test]
    fn the_last_page_has_no_next() {
        let page = paging("/x", &[], None, Some(2)).page(vec![1, 2], None, |n| *n);
        assert_eq!((page.items.len(), page.next, page.link), (2, None, None));
    }

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let cursor = next("/x", &[("a", "1")]);
        let good = paging("/x", &[("a", "1")], Some(cursor.clone()), None).after::<(i32, String)>();
        assert!(good.is_ok());
        let mut changed = cursor.clone();
        changed.replace_range(0..1, if cursor.starts_with('W') { "V" } else { "W" });
        for (path, filter, cursor) in [
            ("/y", vec![("a", "1")], cursor.clone()),
            ("/x", vec![("a", "2")], cursor.clone()),
            ("/x", vec![], cursor.clone()),
            ("/x", vec![("a", "1")], changed),
            ("/x", vec![("a", "1")], "x".to_owned()),
            ("/x", vec![("a", "1")], String::new()),
        ] {
            assert!(paging(path, &filter, Some(cursor), None).after::<(i32, String)>().is_err());
        }
    }

    #[test]
    fn limits_are_held() {
        for limit in [0, -1, 201] {
            let given = PagingParameters { limit: Some(limit), ..PagingParameters::default() };
            assert!(Paging::new(given, [0; 32], "/x", Vec::new()).is_err());
        }
        assert_eq!(paging("/x", &[], None, None).limit(), 50);
    }
}
