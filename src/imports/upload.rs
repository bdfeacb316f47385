//! A file as it comes: unpacked, cut into lines, and kept some lines at a time, whatever its size.
use std::{
    future::{Ready, ready},
    io::Write as _,
    time::Duration,
};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_ENCODING, HeaderValue},
    web,
};
use flate2::write::MultiGzDecoder;
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};

use super::{
    cutter::{Cutter, malformed},
    model::ImportId,
    permission::WriteImports,
    store,
};
use crate::platform::{
    access::Access,
    error::{Error, Result},
    extract::{Argument, Declared},
    idempotency::BodyDigest,
};

/// Chunks that are kept in one transaction.
const TOGETHER: usize = 32;
/// How long nothing may come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The media type of such a file.
pub const NDJSON: &str = "application/x-ndjson";
/// That of a table.
pub const CSV: &str = "text/csv";

/// A file that is still coming.
pub struct Upload {
    request: HttpRequest,
    payload: Payload,
    packed: bool,
    cutter: Cutter,
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let coding = req.headers().get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
        let packed = match coding {
            None => false,
            Some(b"gzip") => true,
            Some(_) => return ready(Err(Error::UnsupportedMediaType)),
        };
        let cutter = match req.content_type() {
            NDJSON => Cutter::default(),
            CSV => Cutter::of_table(),
            _ => return ready(Err(Error::UnsupportedMediaType)),
        };
        let payload = payload.take();
        ready(Ok(Self { request: req.clone(), payload, packed, cutter }))
    }
}

impl Argument for Upload {
    fn declare(declared: &mut Declared) {
        declared.refusals.extend([400, 408, 413, 415]);
    }
}

impl Upload {
    /// Keeps the whole file; says how many records and chunks it has.
    pub async fn keep(mut self, access: &Access<WriteImports>, id: ImportId) -> Result<(i64, i32)> {
        let (mut cutter, mut kept) = (std::mem::take(&mut self.cutter), 0);
        let mut digest = Sha256::new();
        let mut unpacker = self.packed.then(|| MultiGzDecoder::new(Vec::new()));
        while let Some(bytes) = self.next().await? {
            digest.update(&bytes);
            match &mut unpacker {
                None => cutter.take(&bytes)?,
                Some(unpacker) => {
                    // In small parts, so that little that unpacks to much takes no memory.
                    for part in bytes.chunks(4096) {
                        unpacker.write_all(part).map_err(|_| malformed("this is no gzip"))?;
                        cutter.take(&std::mem::take(unpacker.get_mut()))?;
                    }
                }
            }
            if cutter.waiting() >= TOGETHER {
                put(access, id, &mut kept, &mut cutter).await?;
            }
        }
        if let Some(unpacker) = &mut unpacker {
            unpacker.try_finish().map_err(|_| malformed("the gzip broke off"))?;
            cutter.take(&std::mem::take(unpacker.get_mut()))?;
        }
        cutter.finish()?;
        put(access, id, &mut kept, &mut cutter).await?;
        self.request.extensions_mut().insert(BodyDigest(digest.finalize().into()));
        Ok((cutter.records(), kept))
    }

    async fn next(&mut self) -> Result<Option<web::Bytes>> {
        let next = tokio::time::timeout(PATIENCE, self.payload.next())
            .await
            .map_err(|_| Error::BodyTimeout)?;
        next.transpose().map_err(|_| malformed("the file broke off"))
    }
}

async fn put(
    access: &Access<WriteImports>,
    id: ImportId,
    kept: &mut i32,
    cutter: &mut Cutter,
) -> Result<()> {
    let (chunks, first) = (cutter.full(), *kept);
    if chunks.is_empty() {
        return Ok(());
    }
    *kept += i32::try_from(chunks.len()).map_err(Error::internal)?;
    access.deposit(move |tx| store::put(tx, id, first, &chunks)).await
}
