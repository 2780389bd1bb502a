//! Values of one column, one per row; only a number of rows as long as all are the same.

use super::stage::{Stage, WIDTH};

/// Values of one column.
#[derive(Debug)]
pub(crate) struct Values<T> {
    values: Vec<T>,
    rows: usize,
    constant: Option<T>,
    varies: bool,
}

/// What a batch of values came to.
pub(crate) enum Taken<T> {
    /// Every row has this value.
    Constant(T),
    /// One value per row.
    Varied(Vec<T>),
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            rows: 0,
            constant: None,
            varies: false,
        }
    }
}

impl<T: Copy + PartialEq + Default> Values<T> {
    /// Rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The value of each span, once per row.
    #[inline(never)]
    pub(crate) fn push<V>(&mut self, stage: &Stage<'_, V>, value: impl Fn(&V) -> T) {
        if !self.varies && self.stays_constant(stage, &value) {
            self.rows += stage.rows;
            return;
        }
        self.vary();
        if stage.has_single_rows() {
            let values = stage.spans.iter().map(|span| value(&span.values));
            self.values.extend(values);
            self.rows += stage.rows;
            return;
        }
        if stage.has_long_spans() {
            return self.fill(stage, value);
        }
        let start = self.values.len();
        self.values.resize(start + stage.rows + WIDTH, T::default());
        stage.spread(&mut self.values[start..], value);
        self.values.truncate(start + stage.rows);
        self.rows += stage.rows;
    }

    /// One value per row.
    pub(crate) fn extend(&mut self, values: impl ExactSizeIterator<Item = T> + Clone) {
        let rows = values.len();
        if !self.varies {
            let constant = self.constant.or_else(|| values.clone().next());
            if values.clone().all(|value| Some(value) == constant) {
                self.constant = constant;
                self.rows += rows;
                return;
            }
            self.vary();
        }
        self.values.extend(values);
        self.rows += rows;
    }

    /// Rows whose value nobody will read.
    pub(crate) fn skip(&mut self, rows: usize) {
        self.rows += rows;
        if self.varies {
            self.values.resize(self.rows, T::default());
        }
    }

    /// Everything, to start anew.
    pub(crate) fn take(&mut self) -> Taken<T> {
        let constant = self.constant.take().unwrap_or_default();
        self.rows = 0;
        if !std::mem::take(&mut self.varies) {
            return Taken::Constant(constant);
        }
        Taken::Varied(take_vec(&mut self.values))
    }

    /// As [`Stage::spread`], without zeros to begin with.
    fn fill<V>(&mut self, stage: &Stage<'_, V>, value: impl Fn(&V) -> T) {
        for span in stage.spans {
            let rows = self.values.len() + span.rows as usize;
            self.values.resize(rows, value(&span.values));
        }
        self.rows += stage.rows;
    }

    fn stays_constant<V>(&mut self, stage: &Stage<'_, V>, value: &impl Fn(&V) -> T) -> bool {
        let Some(first) = stage.spans.first() else {
            return true;
        };
        let constant = self.constant.unwrap_or_else(|| value(&first.values));
        let is_constant = stage
            .spans
            .iter()
            .all(|span| value(&span.values) == constant);
        if is_constant {
            self.constant = Some(constant);
        }
        is_constant
    }

    fn vary(&mut self) {
        if !self.varies {
            self.varies = true;
            self.values
                .resize(self.rows, self.constant.unwrap_or_default());
        }
    }
}

impl Values<i32> {
    /// The number of each span for its first row, and one more for each that follows.
    pub(crate) fn push_ascending<V>(&mut self, stage: &Stage<'_, V>, first: impl Fn(&V) -> i32) {
        if stage.has_single_rows() {
            return self.push(stage, first);
        }
        self.vary();
        if stage.has_long_spans() {
            return self.fill_ascending(stage, first);
        }
        let start = self.values.len();
        self.values.resize(start + stage.rows + WIDTH, 0);
        stage.spread_ascending(&mut self.values[start..], first);
        self.values.truncate(start + stage.rows);
        self.rows += stage.rows;
    }
    fn fill_ascending<V>(&mut self, stage: &Stage<'_, V>, first: impl Fn(&V) -> i32) {
        for span in stage.spans {
            let first = first(&span.values);
            let rows = 0..span.rows as i32;
            self.values.extend(rows.map(|row| first.wrapping_add(row)));
        }
        self.rows += stage.rows;
    }
}

/// The vector, leaving an empty one that has room for as much again.
pub(crate) fn take_vec<T>(values: &mut Vec<T>) -> Vec<T> {
    let room = values.len() + values.len() / 8;
    std::mem::replace(values, Vec::with_capacity(room))
}
