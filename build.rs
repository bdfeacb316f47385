//! Lists the files of code lists, so that a new list is a new file and nothing else.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "how cargo and build scripts talk"
)]
use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/reference/data/code-lists");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(&folder)?
        .map(|file| Ok(file?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    files.sort();
    let mut list = String::from("const CODE_LISTS: &[&str] = &[\n");
    for file in files {
        writeln!(list, "    include_str!({:?}),", file.display().to_string())?;
    }
    list.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("code_lists.rs"), list)?;
    println!("cargo::rerun-if-changed=migrations");
    Ok(())
}
