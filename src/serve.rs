//! Running: the server, the worker beside it, and how both come to an orderly end.

use std::io;
use std::time::Duration;

use actix_web::rt;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::http::{self, Listening};
use crate::jobs::Worker;

/// How often a server without a worker looks for a policy that another replica stored, and for what others decided and learned.
const POLICY: Duration = Duration::from_secs(3);

/// Serves until SIGTERM or SIGINT, with a worker beside unless told otherwise. Requests in flight are then finished, and jobs handed
/// back.
///
/// # Errors
/// When the address cannot be had.
pub fn serve(app: App, with_worker: bool) -> io::Result<()> {
    rt::System::new().block_on(async move {
        let Listening { server, address } = http::server(&app)?;
        let (handle, beside) = (server.handle(), app.clone());
        let beside = if with_worker { rt::spawn(Worker::new(beside).run()) } else { rt::spawn(follow_policy(beside)) };
        let mut serving = rt::spawn(server);
        tracing::info!(%address, engine = %app.store().engine(), policy = app.policy().version(), "serving");
        let ended = tokio::select! {
            asked = told_to_stop() => { asked?; None }
            ended = &mut serving => Some(ended),
        };
        tracing::info!("stopping: requests in flight are finished, jobs handed back");
        app.stop();
        let ended = match ended {
            Some(ended) => ended,
            None => {
                handle.stop(true).await;
                serving.await
            }
        };
        beside.await.map_err(io::Error::other)?;
        ended.map_err(io::Error::other)?
    })
}

/// Works until SIGTERM or SIGINT, without serving.
///
/// # Errors
/// When signals cannot be heard.
pub fn work(app: App) -> io::Result<()> {
    rt::System::new().block_on(async move {
        let worker = rt::spawn(Worker::new(app.clone()).run());
        tracing::info!(engine = %app.store().engine(), "working");
        told_to_stop().await?;
        tracing::info!("stopping: jobs are handed back");
        app.stop();
        worker.await.map_err(io::Error::other)
    })
}

/// Returns when the process is told to stop.
///
/// # Errors
/// When signals cannot be heard.
pub async fn told_to_stop() -> io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

async fn follow_policy(app: App) {
    let mut stopping = app.stopping();
    while !*stopping.borrow() {
        if let Err(error) = app.reload_policy().await {
            tracing::warn!(%error, "reading the policy failed");
        }
        if let Err(error) = app.catch_up().await {
            tracing::warn!(%error, "catching up on decisions failed");
        }
        tokio::select! {
            () = tokio::time::sleep(POLICY) => {}
            _ = stopping.changed() => {}
        }
    }
}
