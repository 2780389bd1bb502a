//! A commit that cannot be made twice, and cannot be made by a process that only believes to own a partition.
//!
//! Iceberg's transaction reloads the table and rebases blindly, before the first try and at every retry. So the commit
//! goes through a catalog of our own whose `load_table` checks a condition on what it has loaded: that ends the retries.
//! What lies between this check and the swap is closed by the append itself, which requires the main branch to be where
//! it was loaded; so properties and columns are changed only together with an append.

use crate::steps::{self, Steps};
use async_trait::async_trait;
use iceberg::spec::{DataFile, NestedFieldRef};
use iceberg::table::Table;
use iceberg::transaction::{AddColumn, ApplyTransactionAction, Transaction};
use iceberg::{
    Catalog, Error, ErrorKind, Namespace, NamespaceIdent, Result, TableCommit, TableCreation,
    TableIdent,
};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// What must hold of the table at the moment of the swap; the text says what does not.
pub(crate) type Condition = Box<dyn Fn(&Table) -> std::result::Result<(), String> + Send + Sync>;

/// What one commit changes.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) files: Vec<DataFile>,
    pub(crate) set: Vec<(String, String)>,
    pub(crate) remove: Vec<String>,
    /// To be appended to the table's own; they may be null.
    pub(crate) columns: Vec<NestedFieldRef>,
    /// Said in the snapshot's summary; with it a snapshot is made even without files.
    pub(crate) flush: String,
}

/// Names of the steps on the way of a commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommitSteps {
    before: &'static str,
    checked: &'static str,
    swapped: &'static str,
}

impl CommitSteps {
    pub(crate) const LEDGER: Self = Self {
        before: steps::BEFORE_LEDGER_COMMIT,
        checked: steps::LEDGER_CHECKED,
        swapped: steps::LEDGER_SWAPPED,
    };
    pub(crate) const TABLE: Self = Self {
        before: steps::BEFORE_TABLE_COMMIT,
        checked: steps::TABLE_CHECKED,
        swapped: steps::TABLE_SWAPPED,
    };
    pub(crate) const SCHEMA: Self = Self {
        before: steps::BEFORE_SCHEMA_COMMIT,
        checked: steps::SCHEMA_CHECKED,
        swapped: steps::SCHEMA_SWAPPED,
    };
}

/// Tries one commit. Whatever it answers, only the table itself says whether the commit has landed.
pub(crate) async fn commit(
    catalog: &Arc<dyn Catalog>,
    base: &Table,
    change: Change,
    condition: Condition,
    steps: &Steps,
    names: CommitSteps,
) -> Result<()> {
    steps.reach(names.before);
    let fence = Fence {
        inner: catalog.clone(),
        condition,
        steps,
        names,
    };
    let transaction = with_columns(Transaction::new(base), &change.columns)?;
    let mut properties = transaction.update_table_properties();
    for (key, value) in change.set {
        properties = properties.set(key, value);
    }
    for key in change.remove {
        properties = properties.remove(key);
    }
    let transaction = properties.apply(transaction)?;
    // The check for duplicates would read all manifests; the condition has excluded them.
    let append = transaction
        .fast_append()
        .with_check_duplicate(false)
        .add_data_files(change.files)
        .set_snapshot_properties(HashMap::from([(
            "corewatch.flush".to_owned(),
            change.flush,
        )]));
    append.apply(transaction)?.commit(&fence).await.map(|_| ())
}

/// Columns come first, so that the snapshot which the commit makes has them.
fn with_columns(transaction: Transaction, columns: &[NestedFieldRef]) -> Result<Transaction> {
    if columns.is_empty() {
        return Ok(transaction);
    }
    let mut update = transaction.update_schema();
    for column in columns {
        let addition = AddColumn::builder()
            .name(column.name.as_str())
            .field_type((*column.field_type).clone())
            .doc(column.doc.clone().unwrap_or_default())
            .build();
        update = update.add_column(addition);
    }
    update.apply(transaction)
}

struct Fence<'a> {
    inner: Arc<dyn Catalog>,
    condition: Condition,
    steps: &'a Steps,
    names: CommitSteps,
}

impl fmt::Debug for Fence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fence")
    }
}

#[async_trait]
impl Catalog for Fence<'_> {
    async fn load_table(&self, table: &TableIdent) -> Result<Table> {
        let loaded = self.inner.load_table(table).await?;
        // Not retryable: this is what ends the transaction's retries.
        (self.condition)(&loaded).map_err(|why| Error::new(ErrorKind::PreconditionFailed, why))?;
        self.steps.reach(self.names.checked);
        Ok(loaded)
    }

    async fn update_table(&self, commit: TableCommit) -> Result<Table> {
        let updated = self.inner.update_table(commit).await?;
        self.steps.reach(self.names.swapped);
        Ok(updated)
    }

    async fn list_namespaces(
        &self,
        parent: Option<&NamespaceIdent>,
    ) -> Result<Vec<NamespaceIdent>> {
        self.inner.list_namespaces(parent).await
    }

    async fn create_namespace(
        &self,
        namespace: &NamespaceIdent,
        properties: HashMap<String, String>,
    ) -> Result<Namespace> {
        self.inner.create_namespace(namespace, properties).await
    }

    async fn get_namespace(&self, namespace: &NamespaceIdent) -> Result<Namespace> {
        self.inner.get_namespace(namespace).await
    }

    async fn namespace_exists(&self, namespace: &NamespaceIdent) -> Result<bool> {
        self.inner.namespace_exists(namespace).await
    }

    async fn update_namespace(
        &self,
        namespace: &NamespaceIdent,
        properties: HashMap<String, String>,
    ) -> Result<()> {
        self.inner.update_namespace(namespace, properties).await
    }

    async fn drop_namespace(&self, namespace: &NamespaceIdent) -> Result<()> {
        self.inner.drop_namespace(namespace).await
    }

    async fn list_tables(&self, namespace: &NamespaceIdent) -> Result<Vec<TableIdent>> {
        self.inner.list_tables(namespace).await
    }

    async fn create_table(
        &self,
        namespace: &NamespaceIdent,
        creation: TableCreation,
    ) -> Result<Table> {
        self.inner.create_table(namespace, creation).await
    }

    async fn drop_table(&self, table: &TableIdent) -> Result<()> {
        self.inner.drop_table(table).await
    }

    async fn purge_table(&self, table: &TableIdent) -> Result<()> {
        self.inner.purge_table(table).await
    }

    async fn table_exists(&self, table: &TableIdent) -> Result<bool> {
        self.inner.table_exists(table).await
    }

    async fn rename_table(&self, from: &TableIdent, to: &TableIdent) -> Result<()> {
        self.inner.rename_table(from, to).await
    }

    async fn register_table(&self, table: &TableIdent, metadata_location: String) -> Result<Table> {
        self.inner.register_table(table, metadata_location).await
    }
}
