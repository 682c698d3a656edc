//! The whole table, carried out: as many rows as fit the filter, however many they are. Neither form is ever held in memory: csv is
//! streamed page by page, a workbook is written to a temporary file and streamed from there.

use std::fs::File;
use std::future::ready;
use std::io::{Read as _, Seek as _, SeekFrom};

use actix_web::body::SizedStream;
use actix_web::http::header::{self, ContentEncoding};
use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, HttpResponseBuilder, get};
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::incidents::FilterParameters;
use super::responses::{Asks, Finds, Guarded};
use crate::app::App;
use crate::desk::exchange::{self, Page};
use crate::desk::{self, Desk, disclosures, incidents};
use crate::domain::Permission;
use crate::http::auth::{May, right};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::store::Store;
use crate::store::incidents::Filter;
use crate::table::{Cell, CsvRows, Workbook, WriteError};

const CSV: &str = "text/csv; charset=utf-8";
/// The media type of workbooks.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// How much of a file is sent at once.
const CHUNK: usize = 64 * 1024;

/// The routes of the export.
pub fn routes(config: &mut ServiceConfig) {
    config.service(csv).service(xlsx);
}

/// A file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
struct Content(#[allow(dead_code, reason = "stands in the description only")] Vec<u8>);

/// Why an export broke off.
#[derive(Debug, thiserror::Error)]
enum BrokeOff {
    #[error(transparent)]
    Desk(#[from] desk::Error),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("the thread that wrote it ended")]
    Thread(#[from] actix_web::error::BlockingError),
}

impl From<BrokeOff> for Problem {
    fn from(error: BrokeOff) -> Problem {
        match error {
            BrokeOff::Desk(error) => error.into(),
            other => {
                tracing::error!(error = %other, "an export cannot be written");
                Problem::internal()
            }
        }
    }
}

/// Carries the incidents out as a csv table with the 47 columns of the real system: UTF-8 with a byte-order mark, divided by
/// semicolons, oldest first, without a cap on rows.
///
/// Without the right to personal data, addresses of people are left out and their texts masked; with it, the texts are full and the
/// export is put on record among the disclosures. `sort` has no effect.
#[utoipa::path(
    tag = "incidents",
    params(FilterParameters),
    responses((status = 200, description = "The table", body = Content, content_type = "text/csv"), Guarded, Finds, Asks),
)]
#[get("/incidents.csv")]
async fn csv(app: App, may: May<right::Export>, query: Query<FilterParameters>) -> Result<HttpResponse, Problem> {
    let desk = may.desk(&app);
    let filter = filter(&app, &desk, query.into_inner()).await?;
    disclose(&app, &desk).await?;
    // The first page is asked for before anything is answered, so that what cannot begin is answered with a problem.
    let first = next(app.store(), &desk, &filter, None).await?;
    let mut response = response(&desk, CSV, "csv");
    let mut rows = CsvRows::default();
    let begun = bytes(&mut rows, &first, &desk)?;
    let rest = stream::try_unfold((first.next, rows), move |(after, mut rows)| {
        let (store, desk, filter) = (app.store().clone(), desk.clone(), filter.clone());
        async move {
            let Some(after) = after else { return Ok::<_, BrokeOff>(None) };
            let page = next(&store, &desk, &filter, Some(after)).await?;
            let bytes = bytes(&mut rows, &page, &desk)?;
            Ok(Some((bytes, (page.next, rows))))
        }
    });
    // Whoever reads the table sees that it ends too early: the connection is cut, not closed.
    let rest = rest.inspect_err(|error| tracing::error!(%error, "an export broke off"));
    Ok(response.streaming(Box::pin(stream::once(ready(Ok(begun))).chain(rest))))
}

/// Carries the incidents out as a workbook with the 47 columns of the real system: real dates in the city's time, durations, a
/// frozen header with filters; a sheet for each 1,048,575 rows, oldest first.
///
/// Without the right to personal data, addresses of people are left out and their texts masked; with it, the texts are full and the
/// export is put on record among the disclosures. `sort` has no effect.
#[utoipa::path(
    tag = "incidents",
    params(FilterParameters),
    responses((status = 200, description = "The workbook", body = Content, content_type = XLSX), Guarded, Finds, Asks),
)]
#[get("/incidents.xlsx")]
async fn xlsx(app: App, may: May<right::Export>, query: Query<FilterParameters>) -> Result<HttpResponse, Problem> {
    let desk = may.desk(&app);
    let filter = filter(&app, &desk, query.into_inner()).await?;
    disclose(&app, &desk).await?;
    let mut response = response(&desk, XLSX, "xlsx");
    let store = app.store().clone();
    let (file, length) = web::block(move || write(&store, &desk, &filter)).await.map_err(BrokeOff::from).flatten()?;
    // It is compressed as it is.
    response.insert_header(ContentEncoding::Identity);
    Ok(response.body(SizedStream::new(length, Box::pin(chunks(file)))))
}

/// Puts on record that full texts are carried out, before the first of them is.
async fn disclose(app: &App, desk: &Desk) -> Result<(), Problem> {
    if desk.actor.may(Permission::ReadPersonalData) {
        let desk = desk.clone();
        app.store().write(move |conn| disclosures::export(conn, &desk)).await?;
    }
    Ok(())
}

/// An answer that is saved as a file, named by the city's day.
fn response(desk: &Desk, content_type: &'static str, extension: &str) -> HttpResponseBuilder {
    let today = desk.policy.zone().to_datetime(*desk.now).date();
    let mut response = HttpResponse::Ok();
    response
        .content_type(content_type)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"incidents-{today}.{extension}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

/// The filter that is asked for, with the author that it names by one of their incidents.
async fn filter(app: &App, desk: &Desk, asked: FilterParameters) -> Result<Filter, Problem> {
    let mut filter = asked.filter(app)?;
    if let Some(other) = asked.same_author_as {
        let desk = desk.clone();
        let found = app.store().read(move |conn| incidents::get(conn, &desk, other)).await?;
        filter.author = Some(found.author_key);
    }
    Ok(filter)
}

async fn next(store: &Store, desk: &Desk, filter: &Filter, after: Option<i64>) -> Result<Page, desk::Error> {
    let (desk, filter) = (desk.clone(), filter.clone());
    store.read(move |conn| exchange::page(conn, &desk, &filter, after)).await
}

fn bytes(rows: &mut CsvRows, page: &Page, desk: &Desk) -> Result<Bytes, BrokeOff> {
    let cells: Vec<Vec<Cell>> = page.records.iter().map(|record| record.cells(&desk.policy)).collect();
    Ok(rows.write(cells.iter().map(Vec::as_slice))?.into())
}

/// Writes the workbook to a file that has no name, so that it goes when it is closed; with its length. Blocks.
fn write(store: &Store, desk: &Desk, filter: &Filter) -> Result<(File, u64), BrokeOff> {
    let mut workbook = Workbook::new()?;
    let mut after = None;
    loop {
        let (circumstances, wanted) = (desk.clone(), filter.clone());
        let page = store.read_now(move |conn| exchange::page(conn, &circumstances, &wanted, after))?;
        for record in &page.records {
            workbook.row(&record.cells(&desk.policy))?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut file = tempfile::tempfile()?;
    workbook.finish(&mut file)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    Ok((file, length))
}

fn chunks(file: File) -> impl Stream<Item = Result<Bytes, BrokeOff>> {
    stream::try_unfold(file, |file| async move {
        let (file, chunk) = web::block(move || chunk(file)).await??;
        Ok((!chunk.is_empty()).then_some((chunk, file)))
    })
}

fn chunk(mut file: File) -> std::io::Result<(File, Bytes)> {
    let mut chunk = Vec::with_capacity(CHUNK);
    file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok((file, chunk.into()))
}
