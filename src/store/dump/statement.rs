//! The two statements, with as many columns, values and rows as a table has.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Untyped};

use super::{Row, Table, Value};
use crate::store::conn::{Conn, MultiBackend};

/// `select … where (key) > (…) order by key limit …`
pub(super) struct Page<'a> {
    pub table: &'a Table,
    pub after: Option<&'a Row>,
    pub limit: i64,
}

impl Query for Page<'_> {
    type SqlType = Untyped;
}

impl QueryFragment<MultiBackend> for Page<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let table = self.table;
        out.push_sql("select ");
        push_columns(&mut out, table, 0..table.columns.len())?;
        out.push_sql(" from ");
        out.push_identifier(table.name)?;
        if let Some(row) = self.after {
            out.push_sql(" where (");
            push_columns(&mut out, table, table.key.iter().copied())?;
            out.push_sql(") > (");
            push_values(&mut out, table.key.iter().map(|column| &row[*column]))?;
            out.push_sql(")");
        }
        out.push_sql(" order by ");
        push_columns(&mut out, table, table.key.iter().copied())?;
        out.push_sql(" limit ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

/// `insert into … values …`
pub(super) struct Insert<'a> {
    pub table: &'a Table,
    pub rows: &'a [Row],
    /// Whether to say that identities are given, which SQLite takes as given.
    pub postgres: bool,
}

impl RunQueryDsl<Conn> for Insert<'_> {}

impl QueryFragment<MultiBackend> for Insert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("insert into ");
        out.push_identifier(self.table.name)?;
        out.push_sql(" (");
        push_columns(&mut out, self.table, 0..self.table.columns.len())?;
        out.push_sql(if self.postgres { ") overriding system value values " } else { ") values " });
        for (n, row) in self.rows.iter().enumerate() {
            out.push_sql(if n > 0 { ", (" } else { "(" });
            push_values(&mut out, row.iter())?;
            out.push_sql(")");
        }
        Ok(())
    }
}

/// Columns' names with commas between them, each in the engine's quotation marks.
fn push_columns(
    out: &mut AstPass<'_, '_, MultiBackend>,
    table: &Table,
    which: impl Iterator<Item = usize>,
) -> QueryResult<()> {
    for (n, column) in which.enumerate() {
        if n > 0 {
            out.push_sql(", ");
        }
        out.push_identifier(table.columns[column].name)?;
    }
    Ok(())
}

/// Values to bind, with commas between them.
fn push_values<'b>(
    out: &mut AstPass<'_, 'b, MultiBackend>,
    values: impl Iterator<Item = &'b Value>,
) -> QueryResult<()> {
    for (n, value) in values.enumerate() {
        if n > 0 {
            out.push_sql(", ");
        }
        value.bind(out)?;
    }
    Ok(())
}

/// The text of these statements depends on the table and on how many rows there are.
macro_rules! text_decides {
    ($($query:ident),+) => {$(
        impl QueryId for $query<'_> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
    )+};
}
text_decides!(Page, Insert);
