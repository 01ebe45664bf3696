//! JSON Schemas of the documents that the program prints, from the types that it prints.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// JSON Schema (draft 2020-12) of lines, each one of several objects; `urn` identifies the schema itself.
pub fn schema_of_lines<Line: JsonSchema>(urn: &str) -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Line>();
    schema.insert("$id".to_owned(), urn.into());
    schema.to_value()
}

/// JSON Schema (draft 2020-12) of a document whose `schema` field says `name`; `urn` identifies the schema itself.
pub fn schema_of<Document: JsonSchema>(urn: &str, name: &str) -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>();
    schema.insert("$id".to_owned(), urn.into());
    if let Some(field) = schema.pointer_mut("/properties/schema") {
        *field = serde_json::json!({ "const": name, "description": "Name and version of this schema." });
    }
    schema.to_value()
}
