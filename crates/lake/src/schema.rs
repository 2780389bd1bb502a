//! The columns of a table as Iceberg sees them, and the Arrow schema whose fields carry Iceberg's field ids.
//!
//! The catalog renumbers the ids it is given, so they are taken from the loaded table, and columns are found by name.

use crate::error::{Result, WriteError};
use arrow::datatypes::{DataType, Field, Fields, Schema as ArrowSchema, SchemaRef};
use iceberg::spec::{
    ListType, NestedField, NestedFieldRef, PrimitiveType, Schema, StructType, Type,
};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use std::sync::Arc;
use tables::{Column, Kind, Table};

/// The schema to create a table with: every column has its documentation.
pub(crate) fn iceberg_schema(table: Table) -> iceberg::Result<Schema> {
    Schema::builder()
        .with_fields(Numbering::default().fields(table.columns()))
        .build()
}

/// Hands out field ids; any will do, as long as they differ.
#[derive(Default)]
struct Numbering(i32);

impl Numbering {
    fn next(&mut self) -> i32 {
        self.0 += 1;
        self.0
    }

    fn fields(&mut self, columns: &[Column]) -> Vec<NestedFieldRef> {
        columns
            .iter()
            .map(|column| Arc::new(self.field(column)))
            .collect()
    }

    fn field(&mut self, column: &Column) -> NestedField {
        let id = self.next();
        NestedField::new(id, column.name, self.kind(column.kind), !column.nullable)
            .with_doc(column.doc)
    }

    fn kind(&mut self, kind: Kind) -> Type {
        match kind {
            Kind::List(element) => {
                let id = self.next();
                Type::List(ListType::new(Arc::new(NestedField::list_element(
                    id,
                    self.kind(*element),
                    true,
                ))))
            }
            Kind::Struct(columns) => Type::Struct(StructType::new(self.fields(columns))),
            Kind::Boolean => Type::Primitive(PrimitiveType::Boolean),
            Kind::Int => Type::Primitive(PrimitiveType::Int),
            Kind::Long => Type::Primitive(PrimitiveType::Long),
            Kind::Timestamp => Type::Primitive(PrimitiveType::Timestamptz),
            Kind::Text | Kind::Dict => Type::Primitive(PrimitiveType::String),
            Kind::Binary => Type::Primitive(PrimitiveType::Binary),
            Kind::Fixed(octets) => {
                Type::Primitive(PrimitiveType::Fixed(u64::from(octets.unsigned_abs())))
            }
        }
    }
}

/// Those of our columns that the loaded table lacks and can be given, because they may be null.
///
/// # Errors
/// [`WriteError::ColumnChanged`] as [`arrow_schema`], for all other columns.
pub(crate) fn missing_columns(table: Table, loaded: &Schema) -> Result<Vec<NestedFieldRef>> {
    let expected = expected_schema(table)?;
    let is_missing = |field: &NestedFieldRef| {
        !field.required && loaded.as_struct().field_by_name(&field.name).is_none()
    };
    let (missing, others): (Vec<_>, _) = expected
        .as_struct()
        .fields()
        .iter()
        .cloned()
        .partition(is_missing);
    Matching::of(table).check(&StructType::new(others), loaded.as_struct(), "")?;
    Ok(missing)
}

/// Our columns as Arrow builds them, with the field ids of the loaded table.
///
/// # Errors
/// [`WriteError::ColumnChanged`] if the table lacks one of our columns, has it with another type, or demands one that we
/// do not write. Nullable columns that we do not know stay null.
pub(crate) fn arrow_schema(table: Table, loaded: &Schema) -> Result<SchemaRef> {
    let expected = expected_schema(table)?;
    Matching::of(table).check(expected.as_struct(), loaded.as_struct(), "")?;
    Ok(shared_columns(table, loaded))
}

/// The same without a check: columns that the table lacks are left out, as if this version did not write them.
pub(crate) fn shared_columns(table: Table, loaded: &Schema) -> SchemaRef {
    let fields = with_ids(table.schema().fields(), loaded.as_struct());
    Arc::new(ArrowSchema::new(fields))
}

fn expected_schema(table: Table) -> Result<Schema> {
    iceberg_schema(table).map_err(|e| WriteError::catalog("build a schema", e))
}

/// Compares what we write with what the lake has.
struct Matching {
    table: &'static str,
}

impl Matching {
    fn of(table: Table) -> Self {
        Self {
            table: table.name(),
        }
    }

    fn check(&self, ours: &StructType, theirs: &StructType, path: &str) -> Result<()> {
        for field in ours.fields() {
            let column = format!("{path}{}", field.name);
            let Some(found) = theirs.field_by_name(&field.name) else {
                return Err(self.changed(column, field.field_type.to_string(), "missing".into()));
            };
            self.check_field(field, found, column)?;
        }
        match theirs
            .fields()
            .iter()
            .find(|field| field.required && ours.field_by_name(&field.name).is_none())
        {
            Some(field) => Err(self.changed(
                format!("{path}{}", field.name),
                "no such column".into(),
                "required".into(),
            )),
            None => Ok(()),
        }
    }

    fn check_field(&self, ours: &NestedField, theirs: &NestedField, column: String) -> Result<()> {
        if theirs.required && !ours.required {
            return Err(self.changed(column, "nulls".into(), "required".into()));
        }
        match (&*ours.field_type, &*theirs.field_type) {
            (Type::Struct(ours), Type::Struct(theirs)) => {
                self.check(ours, theirs, &format!("{column}."))
            }
            (Type::List(ours), Type::List(theirs)) => self.check_field(
                &ours.element_field,
                &theirs.element_field,
                format!("{column}.element"),
            ),
            (Type::Primitive(ours), Type::Primitive(theirs)) if ours == theirs => Ok(()),
            (ours, theirs) => Err(self.changed(column, ours.to_string(), theirs.to_string())),
        }
    }

    fn changed(&self, column: String, expected: String, found: String) -> WriteError {
        WriteError::ColumnChanged {
            table: self.table,
            column,
            expected,
            found,
        }
    }
}

fn with_ids(fields: &Fields, loaded: &StructType) -> Fields {
    let named = |field: &Arc<Field>| {
        loaded
            .field_by_name(field.name())
            .map(|nested| with_id(field, nested))
    };
    fields.iter().filter_map(named).collect()
}

fn with_id(field: &Field, nested: &NestedField) -> Field {
    let data_type = match (field.data_type(), &*nested.field_type) {
        (DataType::List(element), Type::List(list)) => {
            DataType::List(Arc::new(with_id(element, &list.element_field)))
        }
        (DataType::Struct(fields), Type::Struct(nested)) => {
            DataType::Struct(with_ids(fields, nested))
        }
        (other, _) => other.clone(),
    };
    let id = (PARQUET_FIELD_ID_META_KEY.to_owned(), nested.id.to_string());
    Field::new(field.name(), data_type, field.is_nullable()).with_metadata([id].into())
}
