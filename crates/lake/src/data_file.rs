//! The Iceberg `DataFile` of a Parquet file: everything it needs is in the footer, so that the owner of a flush and its
//! heir append the same. Columns are matched by field id.

use crate::error::{Result, WriteError};
use crate::layout::period_us;
use crate::ledger::FileEntry;
use crate::local::path_of;
use iceberg::spec::{
    DataContentType, DataFile, DataFileBuilder, DataFileFormat, Datum, Literal, PrimitiveType,
    Schema, Struct, Type,
};
use iceberg::table::Table as Loaded;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use tables::Table;

/// Reads the footer of a file that the flush `named_by` names.
///
/// # Errors
/// [`WriteError::Damaged`] if it is gone or another one, [`WriteError::File`] and [`WriteError::Parquet`].
pub(crate) fn data_file(
    table: Table,
    loaded: &Loaded,
    entry: &FileEntry,
    named_by: &str,
) -> Result<DataFile> {
    let damaged = |fault: &str| WriteError::Damaged {
        path: entry.path.clone(),
        named_by: format!("flush {named_by}"),
        fault: fault.into(),
    };
    let path = path_of(&entry.path);
    let file = match File::open(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(damaged("it does not exist"));
        }
        other => other.map_err(|e| WriteError::file("open", &path, e))?,
    };
    let octets = file
        .metadata()
        .map_err(|e| WriteError::file("look at", &path, e))?
        .len();
    if octets != entry.octets {
        return Err(damaged("its length is another one"));
    }
    let footer = ParquetMetaDataReader::new().parse_and_finish(&file);
    let footer = footer.map_err(|e| WriteError::parquet("read the footer of", &path, e))?;
    if u64::try_from(footer.file_metadata().num_rows()) != Ok(entry.rows) {
        return Err(damaged("its number of rows is another one"));
    }
    build(table, loaded, entry, &footer)
        .ok_or_else(|| damaged("its columns are not those of the table"))
}

fn build(
    table: Table,
    loaded: &Loaded,
    entry: &FileEntry,
    footer: &ParquetMetaData,
) -> Option<DataFile> {
    let schema = loaded.metadata().current_schema();
    let summary = Summary::of(schema, footer)?;
    let period = period_of(table, schema, &summary)?;
    DataFileBuilder::default()
        .content(DataContentType::Data)
        .file_path(entry.path.clone())
        .file_format(DataFileFormat::Parquet)
        .partition(Struct::from_iter([Some(period)]))
        .partition_spec_id(loaded.metadata().default_partition_spec_id())
        .record_count(entry.rows)
        .file_size_in_bytes(entry.octets)
        .column_sizes(summary.octets)
        .value_counts(summary.values)
        .null_value_counts(summary.nulls)
        .lower_bounds(summary.lower)
        .upper_bounds(summary.upper)
        .split_offsets(Some(split_offsets(footer)))
        .build()
        .ok()
}

/// The hour or day of all rows; none if they are of several.
fn period_of(table: Table, schema: &Schema, summary: &Summary) -> Option<Literal> {
    let id = schema.field_id_by_name(table.time_column())?;
    let period = |bounds: &HashMap<i32, Datum>| match bounds.get(&id)?.literal() {
        iceberg::spec::PrimitiveLiteral::Long(time) => {
            i32::try_from(time.div_euclid(period_us(table))).ok()
        }
        _ => None,
    };
    let (first, last) = (period(&summary.lower)?, period(&summary.upper)?);
    let is_one = first == last;
    is_one.then(|| {
        if table == Table::IngestLog {
            Literal::date(first)
        } else {
            Literal::int(first)
        }
    })
}

/// Where each row group begins.
fn split_offsets(footer: &ParquetMetaData) -> Vec<i64> {
    let begin =
        |chunk: &ColumnChunkMetaData| i64::try_from(chunk.byte_range().0).unwrap_or(i64::MAX);
    footer
        .row_groups()
        .iter()
        .filter_map(|group| group.columns().iter().map(begin).min())
        .collect()
}

/// Sizes, counts and bounds by field id.
#[derive(Default)]
struct Summary {
    octets: HashMap<i32, u64>,
    values: HashMap<i32, u64>,
    nulls: HashMap<i32, u64>,
    lower: HashMap<i32, Datum>,
    upper: HashMap<i32, Datum>,
    /// Columns of which one row group has no bounds: they get none.
    unbounded: HashSet<i32>,
}

impl Summary {
    /// None if a column carries no field id, or one that the table does not have.
    fn of(schema: &Schema, footer: &ParquetMetaData) -> Option<Self> {
        let mut summary = Self::default();
        for chunk in footer.row_groups().iter().flat_map(|group| group.columns()) {
            summary.add(schema, chunk)?;
        }
        for id in &summary.unbounded {
            summary.lower.remove(id);
            summary.upper.remove(id);
        }
        Some(summary)
    }

    fn add(&mut self, schema: &Schema, chunk: &ColumnChunkMetaData) -> Option<()> {
        let column = chunk.column_descr();
        let basic = column.self_type().get_basic_info();
        let id = basic.has_id().then(|| basic.id())?;
        let field = schema.field_by_id(id)?;
        let values = u64::try_from(chunk.num_values()).ok()?;
        *self.octets.entry(id).or_default() += u64::try_from(chunk.compressed_size()).ok()?;
        *self.values.entry(id).or_default() += values;
        let nulls = chunk.statistics().and_then(Statistics::null_count_opt);
        if let Some(nulls) = nulls {
            *self.nulls.entry(id).or_default() += nulls;
        }
        // Elements of lists have no bounds in Iceberg.
        if column.max_rep_level() == 0 && nulls != Some(values) {
            self.add_bounds(id, &field.field_type, chunk.statistics());
        }
        Some(())
    }

    fn add_bounds(&mut self, id: i32, field_type: &Type, statistics: Option<&Statistics>) {
        let bounds = match (field_type, statistics) {
            (Type::Primitive(primitive), Some(statistics)) => bounds(primitive, statistics),
            _ => None,
        };
        let Some((lower, upper)) = bounds else {
            self.unbounded.insert(id);
            return;
        };
        replace_if(&mut self.lower, id, lower, |new, old| new < old);
        replace_if(&mut self.upper, id, upper, |new, old| new > old);
    }
}

fn replace_if(
    bounds: &mut HashMap<i32, Datum>,
    id: i32,
    new: Datum,
    wins: impl Fn(&Datum, &Datum) -> bool,
) {
    match bounds.get(&id) {
        Some(old) if !wins(&new, old) => {}
        _ => {
            bounds.insert(id, new);
        }
    }
}

fn bounds(primitive: &PrimitiveType, statistics: &Statistics) -> Option<(Datum, Datum)> {
    match (primitive, statistics) {
        (PrimitiveType::Boolean, Statistics::Boolean(s)) => {
            pair(s.min_opt(), s.max_opt(), |v| Some(Datum::bool(*v)))
        }
        (PrimitiveType::Int, Statistics::Int32(s)) => {
            pair(s.min_opt(), s.max_opt(), |v| Some(Datum::int(*v)))
        }
        (PrimitiveType::Long, Statistics::Int64(s)) => {
            pair(s.min_opt(), s.max_opt(), |v| Some(Datum::long(*v)))
        }
        (PrimitiveType::Timestamptz, Statistics::Int64(s)) => pair(s.min_opt(), s.max_opt(), |v| {
            Some(Datum::timestamptz_micros(*v))
        }),
        (PrimitiveType::String, Statistics::ByteArray(s)) => pair(s.min_opt(), s.max_opt(), |v| {
            v.as_utf8().ok().map(Datum::string)
        }),
        (PrimitiveType::Binary, Statistics::ByteArray(s)) => pair(s.min_opt(), s.max_opt(), |v| {
            Some(Datum::binary(v.data().iter().copied()))
        }),
        (PrimitiveType::Fixed(_), Statistics::FixedLenByteArray(s)) => {
            pair(s.min_opt(), s.max_opt(), |v| {
                Some(Datum::fixed(v.data().iter().copied()))
            })
        }
        _ => None,
    }
}

fn pair<T>(
    min: Option<&T>,
    max: Option<&T>,
    datum: impl Fn(&T) -> Option<Datum>,
) -> Option<(Datum, Datum)> {
    Some((datum(min?)?, datum(max?)?))
}
