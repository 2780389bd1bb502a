//! Waiting: for a worker, or for the control plane, in slices between which the heart beats.

use super::{Control, SLICE, State};
use crate::run::messages::{Command, Report};
use anyhow::{Result, anyhow, bail};
use std::future::Future;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, channel, sync_channel};

impl Control {
    /// Gives a worker a command and waits for its answer.
    pub(super) fn command(
        &self,
        state: &State,
        worker: usize,
        command: impl FnOnce(SyncSender<()>) -> Command,
    ) -> Result<()> {
        let (answer, done) = sync_channel(1);
        let _ = state.workers[worker].send(command(answer));
        loop {
            match done.recv_timeout(SLICE) {
                Ok(()) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => self.shared.watchdog.beat_control(),
                Err(RecvTimeoutError::Disconnected) => return Err(self.why_it_ended(state, worker)),
            }
        }
    }

    pub(super) fn why_it_ended(&self, state: &State, worker: usize) -> anyhow::Error {
        let failed = state.reports.try_iter().find_map(|report| match report {
            Report::Failed(error) => Some(error),
            _ => None,
        });
        failed.unwrap_or_else(|| anyhow!("worker {worker} has ended"))
    }

    /// Runs a future on the control plane; the heart beats meanwhile.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        let (sender, answer) = channel();
        self.shared.runtime.spawn(async move {
            let _ = sender.send(future.await);
        });
        loop {
            match answer.recv_timeout(SLICE) {
                Ok(value) => return Ok(value),
                Err(RecvTimeoutError::Timeout) => self.shared.watchdog.beat_control(),
                Err(RecvTimeoutError::Disconnected) => bail!("the control plane has ended"),
            }
        }
    }
}
