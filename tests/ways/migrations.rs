//! Both sets of migrations make the same tables, and `src/store/schema.rs` says what they make.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::{PgConnection, SqliteConnection};
use otklik::store::migrate;

use crate::harness::{Bare, Database, Ground, On};

both_engines! { up_down_up, going_up_twice_does_nothing }

/// The full-text table: SQLite's is virtual, with columns of no type and indexes of its own.
const FULL_TEXT: &str = "incident_terms";

/// A column: its SQL type in the words of `schema.rs`, and whether it may be null.
type Column = (String, bool);

/// What a database looks like, in words that both engines share.
#[derive(Debug, Default, PartialEq)]
struct Shape {
    tables: BTreeMap<String, BTreeMap<String, Column>>,
    /// Table and columns, in order, of what cannot stand twice: primary keys, unique keys, unique indexes; `where …` if partial.
    unique: BTreeSet<(String, String)>,
    /// Name, table and columns of the other indexes; `where …` if partial.
    indexes: BTreeSet<(String, String, String)>,
    /// Table, column, table and column referred to.
    references: BTreeSet<(String, String, String, String)>,
}

#[test]
fn both_engines_have_the_same_tables_as_the_schema() {
    let sqlite = on_sqlite(Database::on(On::Sqlite).url());
    let postgres = on_postgres(Database::on(On::Postgres).url());

    assert!(sqlite.tables.len() > 10, "the tables were not found: {sqlite:#?}");
    same("tables of SQLite and of schema.rs", &sqlite.tables, &schema(On::Sqlite));
    same("tables of PostgreSQL and of schema.rs", &postgres.tables, &schema(On::Postgres));
    assert_eq!(sqlite.unique, postgres.unique, "what is unique differs");
    assert_eq!(sqlite.indexes, postgres.indexes, "the indexes differ");
    assert_eq!(sqlite.references, postgres.references, "the foreign keys differ");
}

#[test]
fn the_migrations_have_the_same_names() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        let entries = fs::read_dir(&folder).expect("the migrations' folder");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name")).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

fn up_down_up(Bare(database): Bare) {
    let engine = database.engine();
    assert!(migrate::pending(&engine).unwrap());
    let first = migrate::up(&engine).unwrap();
    assert!(!first.is_empty());
    assert!(!migrate::pending(&engine).unwrap());
    let made = shape(&database);
    assert_ne!(made, Shape::default());

    let mut taken_back = migrate::down(&engine).unwrap();
    taken_back.reverse();
    assert_eq!(taken_back, first);
    assert_eq!(shape(&database), Shape::default(), "something is left behind");

    assert_eq!(migrate::up(&engine).unwrap(), first);
    assert_eq!(shape(&database), made);
}

fn going_up_twice_does_nothing(database: Database) {
    assert_eq!(migrate::up(&database.engine()).unwrap(), Vec::<String>::new());
}

fn shape(database: &Database) -> Shape {
    match database.on_engine() {
        On::Sqlite => on_sqlite(database.url()),
        On::Postgres => on_postgres(database.url()),
    }
}

#[track_caller]
fn same(
    what: &str,
    ours: &BTreeMap<String, BTreeMap<String, Column>>,
    schema: &BTreeMap<String, BTreeMap<String, Column>>,
) {
    assert_eq!(ours.keys().collect::<Vec<_>>(), schema.keys().collect::<Vec<_>>(), "{what}");
    for (table, columns) in schema {
        assert_eq!(&ours[table], columns, "{what}: table {table}");
    }
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct SqliteColumn {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    declared: String,
    #[diesel(sql_type = Bool)]
    not_null: bool,
    #[diesel(sql_type = BigInt)]
    key: i64,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Nullable<Text>)]
    condition: Option<String>,
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    from_table: String,
    #[diesel(sql_type = Text)]
    from_column: String,
    #[diesel(sql_type = Text)]
    to_table: String,
    #[diesel(sql_type = Text)]
    to_column: String,
}

impl Shape {
    fn index(&mut self, table: &str, index: Index) {
        // PostgreSQL writes `(state = 'running'::text)` for SQLite's `state = 'running'`.
        let condition = index.condition.map_or_else(String::new, |condition| {
            let plain = condition.to_lowercase().replace("::text", "").replace(['(', ')'], "");
            format!(" where {}", plain.trim())
        });
        let columns = index.columns + &condition;
        if index.is_unique {
            self.unique.insert((table.to_owned(), columns));
        } else {
            self.indexes.insert((index.name, table.to_owned(), columns));
        }
    }

    fn refer(&mut self, reference: Reference) {
        let Reference { from_table, from_column, to_table, to_column } = reference;
        self.references.insert((from_table, from_column, to_table, to_column));
    }
}

fn on_sqlite(url: &str) -> Shape {
    let mut conn = SqliteConnection::establish(url.strip_prefix("sqlite:").unwrap()).unwrap();
    let mut shape = Shape::default();
    let tables: Vec<Named> = diesel::sql_query(format!(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!' \
         and name not like '{FULL_TEXT}!_%' escape '!' and name <> '__diesel_schema_migrations'"
    ))
    .load(&mut conn)
    .unwrap();
    for Named { name: table } in tables {
        let columns: Vec<SqliteColumn> = diesel::sql_query(format!(
            "select name, lower(type) as declared, \"notnull\" as not_null, pk as key from pragma_table_info('{table}')"
        ))
        .load(&mut conn)
        .unwrap();
        let mut key: Vec<(i64, String)> =
            columns.iter().filter(|c| c.key > 0).map(|c| (c.key, c.name.clone())).collect();
        key.sort();
        let mut columns: BTreeMap<String, Column> =
            columns.into_iter().map(|column| (column.name, (column.declared, !column.not_null))).collect();
        if table == FULL_TEXT {
            // It declares no types, no row number and no `not null`.
            assert_eq!(columns.keys().collect::<Vec<_>>(), ["terms"]);
            columns.insert("terms".to_owned(), ("text".to_owned(), false));
            columns.insert("rowid".to_owned(), ("integer".to_owned(), false));
        } else {
            let key: Vec<String> = key.into_iter().map(|(_, name)| name).collect();
            shape.unique.insert((table.clone(), key.join(", ")));
        }
        shape.tables.insert(table.clone(), columns);
        let indexes: Vec<Index> = diesel::sql_query(format!(
            "select l.name, l.\"unique\" as is_unique, \
             (select group_concat(i.name, ', ') from (select name from pragma_index_info(l.name) order by seqno) i) as columns, \
             case when l.partial then substr(m.sql, instr(m.sql, ' where ') + 7) end as condition \
             from pragma_index_list('{table}') l left join sqlite_master m on m.name = l.name"
        ))
        .load(&mut conn)
        .unwrap();
        indexes.into_iter().for_each(|index| shape.index(&table, index));
        let references: Vec<Reference> = diesel::sql_query(format!(
            "select '{table}' as from_table, \"from\" as from_column, \"table\" as to_table, \"to\" as to_column \
             from pragma_foreign_key_list('{table}')"
        ))
        .load(&mut conn)
        .unwrap();
        references.into_iter().for_each(|reference| shape.refer(reference));
    }
    shape
}

fn on_postgres(url: &str) -> Shape {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        table_name: String,
        #[diesel(sql_type = Text)]
        column_name: String,
        #[diesel(sql_type = Text)]
        data_type: String,
        #[diesel(sql_type = Bool)]
        nullable: bool,
    }
    #[derive(QueryableByName)]
    struct TableIndex {
        #[diesel(sql_type = Text)]
        table_name: String,
        #[diesel(embed)]
        index: Index,
    }
    let mut conn = PgConnection::establish(url).unwrap();
    let mut shape = Shape::default();
    // A generated column is an index in disguise, and not the schema's business.
    let columns: Vec<Row> = diesel::sql_query(
        "select table_name::text, column_name::text, data_type::text, is_nullable = 'YES' as nullable \
         from information_schema.columns \
         where table_schema = 'public' and is_generated = 'NEVER' and table_name <> '__diesel_schema_migrations'",
    )
    .load(&mut conn)
    .unwrap();
    for row in columns {
        let table = shape.tables.entry(row.table_name).or_default();
        table.insert(row.column_name, (row.data_type, row.nullable));
    }
    let indexes: Vec<TableIndex> = diesel::sql_query(
        "select t.relname::text as table_name, c.relname::text as name, i.indisunique as is_unique, \
         (select string_agg(a.attname, ', ' order by k.n) from unnest(i.indkey::int[]) with ordinality k (attnum, n) \
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum) as columns, \
         pg_get_expr(i.indpred, i.indrelid) as condition \
         from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid \
         join pg_namespace n on n.oid = t.relnamespace \
         where n.nspname = 'public' and t.relname <> '__diesel_schema_migrations'",
    )
    .load(&mut conn)
    .unwrap();
    for TableIndex { table_name, index } in indexes {
        if table_name != FULL_TEXT {
            shape.index(&table_name, index);
        }
    }
    let references: Vec<Reference> = diesel::sql_query(
        "select k.relname::text as from_table, a.attname::text as from_column, \
         f.relname::text as to_table, b.attname::text as to_column \
         from pg_constraint c join pg_class k on k.oid = c.conrelid join pg_class f on f.oid = c.confrelid \
         join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] \
         join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1] where c.contype = 'f'",
    )
    .load(&mut conn)
    .unwrap();
    for reference in references {
        if reference.from_table != FULL_TEXT {
            shape.refer(reference);
        }
    }
    shape
}

/// Reads the `table!` blocks of `src/store/schema.rs`; types in the engine's words.
fn schema(engine: On) -> BTreeMap<String, BTreeMap<String, Column>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema.rs")).unwrap();
    let mut tables: BTreeMap<String, BTreeMap<String, Column>> = BTreeMap::new();
    let mut table = None;
    for line in text.lines().map(str::trim) {
        if let Some((name, _key)) = line.strip_suffix(") {").and_then(|head| head.split_once(" (")) {
            table = Some(name.to_owned());
        } else if let Some((name, rest)) = line.strip_suffix(',').and_then(|line| line.split_once(" -> ")) {
            let inner = rest.strip_prefix("Nullable<").and_then(|rest| rest.strip_suffix('>'));
            let column = (in_words_of(engine, inner.unwrap_or(rest)).to_owned(), inner.is_some());
            let table = table.clone().expect("a column stands in a table");
            tables.entry(table).or_default().insert(name.to_owned(), column);
        }
    }
    tables
}

/// The schema's types in PostgreSQL's words and in SQLite's.
const TYPES: &[(&str, &str, &str)] = &[
    ("Guid", "uuid", "blob"),
    ("Moment", "timestamp with time zone", "integer"),
    ("Json", "jsonb", "text"),
    ("Text", "text", "text"),
    ("Bool", "boolean", "boolean"),
    ("BigInt", "bigint", "integer"),
    ("Integer", "integer", "integer"),
    ("Double", "double precision", "real"),
    ("Binary", "bytea", "blob"),
];

fn in_words_of(engine: On, schema: &str) -> &'static str {
    let (_, postgres, sqlite) =
        TYPES.iter().find(|t| t.0 == schema).unwrap_or_else(|| panic!("schema.rs names a type unknown here: {schema}"));
    match engine {
        On::Postgres => postgres,
        On::Sqlite => sqlite,
    }
}
