//! `kinstead openapi`: the contract on standard output or in files.
use std::{fs, path::PathBuf};

use clap::Args;
use kinstead::contract;
use serde_json::json;

use super::{failure::Failure, output::Output};

#[derive(Args)]
pub struct Arguments {
    /// The document without webhooks, for generators that make client calls out of them.
    #[arg(long, conflicts_with = "write")]
    sdk: bool,
    /// Write openapi.json and openapi.sdk.json into this folder instead.
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let (whole, sdk) = (contract::document()?, contract::sdk_document()?);
    let Some(folder) = &arguments.write else {
        output.document(if arguments.sdk { &sdk } else { &whole })?;
        return Ok(());
    };
    let at = |path: &PathBuf, cause| Failure::Failed(format!("{}: {cause}", path.display()));
    fs::create_dir_all(folder).map_err(|cause| at(folder, cause))?;
    for (name, document) in [("openapi.json", whole), ("openapi.sdk.json", sdk)] {
        let path = folder.join(name);
        fs::write(&path, contract::pretty(&document)?).map_err(|cause| at(&path, cause))?;
        let shown = path.display().to_string();
        output.result(&format!("wrote {shown}"), &json!({"wrote": shown}));
    }
    Ok(())
}
