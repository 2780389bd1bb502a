//! The catalog and its tables: opened, created where they are missing, and checked. Moves no rows.

use crate::LakeSettings;
use crate::error::{Result, WriteError};
use crate::local::create_folder;
use crate::schema::iceberg_schema;
use crate::storage::SyncedStorageFactory;
use iceberg::spec::{Schema, Transform, UnboundPartitionField, UnboundPartitionSpec};
use iceberg::{Catalog, CatalogBuilder, NamespaceIdent, TableCreation, TableIdent};
use iceberg_catalog_sql::{
    SQL_CATALOG_PROP_BIND_STYLE, SQL_CATALOG_PROP_URI, SQL_CATALOG_PROP_WAREHOUSE, SqlBindStyle,
    SqlCatalogBuilder,
};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use tables::Table;

/// Name of the catalog; not the namespace's, or Spark would take one for the other.
const CATALOG_NAME: &str = "lake";
/// Ids of partition fields begin here (Iceberg specification, "Partition Specs"). Some REST catalogs insist on one.
const PARTITION_FIELD_ID: i32 = 1000;

/// What every table is created with. Without gzip and with 100 old versions named in each, the metadata of a thousand
/// commits takes 600 MB; a commit that meets another one tries again quickly.
const TABLE_PROPERTIES: [(&str, &str); 5] = [
    ("write.metadata.compression-codec", "gzip"),
    ("write.metadata.previous-versions-max", "10"),
    ("write.parquet.compression-codec", "zstd"),
    ("commit.retry.num-retries", "8"),
    ("commit.retry.min-wait-ms", "20"),
];

/// The tables of one namespace in a catalog.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    pub(crate) catalog: Arc<dyn Catalog>,
    namespace: NamespaceIdent,
}

impl Tables {
    /// Opens the catalog; creates it if `create` says so.
    pub(crate) async fn open(settings: &LakeSettings, create: bool) -> Result<Self> {
        if create {
            create_folder(crate::local::parent(&settings.catalog))?;
            create_folder(&settings.warehouse)?;
        } else if !settings.catalog.is_file() {
            return Err(WriteError::NoLake {
                what: format!("no catalog {}", settings.catalog.display()),
            });
        }
        let catalog = open_catalog(&settings.catalog, &settings.warehouse).await?;
        Ok(Self {
            catalog,
            namespace: NamespaceIdent::new(settings.namespace.clone()),
        })
    }

    #[cfg(test)]
    pub(crate) fn with_catalog(
        &self,
        wrap: impl FnOnce(Arc<dyn Catalog>) -> Arc<dyn Catalog>,
    ) -> Self {
        Self {
            catalog: wrap(self.catalog.clone()),
            namespace: self.namespace.clone(),
        }
    }

    /// Creates a table of ours with columns that are not ours.
    #[cfg(test)]
    pub(crate) async fn create_with(&self, table: Table, schema: Schema) -> Result<()> {
        self.create_namespace().await?;
        let fault = |e| WriteError::catalog("create a table", e);
        let creation = creation(table, schema).map_err(fault)?;
        self.catalog
            .create_table(&self.namespace, creation)
            .await
            .map(|_| ())
            .map_err(fault)
    }

    /// Creates the namespace and its tables where they are missing. Others may do the same at the same time.
    pub(crate) async fn create_missing(&self) -> Result<()> {
        self.create_namespace().await?;
        for table in Table::ALL {
            self.create_table(table).await?;
        }
        Ok(())
    }

    /// # Errors
    /// [`WriteError::NoLake`] if the ledger is not there.
    pub(crate) async fn require_ledger(&self) -> Result<()> {
        if self.exists(Table::IngestLog).await? {
            return Ok(());
        }
        Err(WriteError::NoLake {
            what: format!("no table {}", self.ident(Table::IngestLog)),
        })
    }

    /// The newest versions of all tables.
    pub(crate) async fn load_all(&self) -> Result<BTreeMap<Table, iceberg::table::Table>> {
        let mut loaded = BTreeMap::new();
        for table in Table::ALL {
            loaded.insert(table, self.load(table).await?);
        }
        Ok(loaded)
    }

    /// The newest versions of the tables that are there: a lake of an older version may have fewer.
    pub(crate) async fn load_existing(&self) -> Result<BTreeMap<Table, iceberg::table::Table>> {
        let mut loaded = BTreeMap::new();
        for table in Table::ALL {
            if self.exists(table).await? {
                loaded.insert(table, self.load(table).await?);
            }
        }
        Ok(loaded)
    }

    /// The newest version of a table.
    pub(crate) async fn load(&self, table: Table) -> Result<iceberg::table::Table> {
        let loaded = self.catalog.load_table(&self.ident(table)).await;
        loaded.map_err(|e| WriteError::catalog(format!("load table {}", table.name()), e))
    }

    fn ident(&self, table: Table) -> TableIdent {
        TableIdent::new(self.namespace.clone(), table.name().to_owned())
    }

    async fn exists(&self, table: Table) -> Result<bool> {
        let exists = self.catalog.table_exists(&self.ident(table)).await;
        exists.map_err(|e| WriteError::catalog(format!("look for table {}", table.name()), e))
    }

    async fn create_namespace(&self) -> Result<()> {
        let fault = |e| WriteError::catalog(format!("create namespace {}", self.namespace), e);
        if self
            .catalog
            .namespace_exists(&self.namespace)
            .await
            .map_err(fault)?
        {
            return Ok(());
        }
        let created = self
            .catalog
            .create_namespace(&self.namespace, HashMap::new())
            .await;
        if self
            .catalog
            .namespace_exists(&self.namespace)
            .await
            .map_err(fault)?
        {
            return Ok(()); // by us or, if ours was refused, by somebody else
        }
        created.map(|_| ()).map_err(fault)
    }

    async fn create_table(&self, table: Table) -> Result<()> {
        if self.exists(table).await? {
            return Ok(());
        }
        let fault = |e| WriteError::catalog(format!("create table {}", table.name()), e);
        let creation = iceberg_schema(table)
            .and_then(|schema| creation(table, schema))
            .map_err(fault)?;
        let created = self.catalog.create_table(&self.namespace, creation).await;
        if self.exists(table).await? {
            return Ok(());
        }
        created.map(|_| ()).map_err(fault)
    }
}

async fn open_catalog(path: &Path, warehouse: &Path) -> Result<Arc<dyn Catalog>> {
    sqlx::any::install_default_drivers();
    let properties = HashMap::from([
        (
            SQL_CATALOG_PROP_URI.to_owned(),
            format!("sqlite:{}?mode=rwc", url_path(path)),
        ),
        (
            SQL_CATALOG_PROP_WAREHOUSE.to_owned(),
            format!("file://{}", warehouse.display()),
        ),
        (
            SQL_CATALOG_PROP_BIND_STYLE.to_owned(),
            SqlBindStyle::QMark.to_string(),
        ),
    ]);
    let builder = SqlCatalogBuilder::default().with_storage_factory(Arc::new(SyncedStorageFactory));
    match builder.load(CATALOG_NAME, properties).await {
        Ok(catalog) => Ok(Arc::new(catalog)),
        Err(e) => Err(WriteError::catalog(
            format!("open the catalog {}", path.display()),
            e,
        )),
    }
}

/// The driver takes a URL: three characters of a path would mean something else in it.
fn url_path(path: &Path) -> String {
    path.display()
        .to_string()
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23")
}

fn creation(table: Table, schema: Schema) -> iceberg::Result<TableCreation> {
    let properties = TABLE_PROPERTIES.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Ok(TableCreation::builder()
        .name(table.name().to_owned())
        .partition_spec(partition_spec(table, &schema)?)
        .schema(schema)
        .properties(
            properties
                .into_iter()
                .chain([("comment".to_owned(), table.doc().to_owned())]),
        )
        .build())
}

fn partition_spec(table: Table, schema: &Schema) -> iceberg::Result<UnboundPartitionSpec> {
    let column = table.time_column();
    let (transform, unit) = match table {
        Table::IngestLog => (Transform::Day, "day"),
        _ => (Transform::Hour, "hour"),
    };
    let field = UnboundPartitionField {
        source_id: schema.field_id_by_name(column).unwrap_or_default(),
        field_id: Some(PARTITION_FIELD_ID),
        name: format!("{column}_{unit}"),
        transform,
    };
    Ok(UnboundPartitionSpec::builder()
        .add_partition_fields([field])?
        .build())
}
