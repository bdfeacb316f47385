//! Routes and the contract, both from the same declarations.
use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, ResponseError as _, dev::Payload,
    guard, http::Method, http::header, web,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::{
    __dev::{SchemaReferences, Tags},
    PartialSchema as _, ToSchema as _,
    openapi::{HttpMethod, RefOr, Schema, path::Operation},
};

use super::{
    access::{Guarded, Permission},
    bounds::Bounds,
    copies::Copied,
    document::{self, About},
    error::{Error, Fault, Problem, Result},
    extract::{Argument, Declared},
    include::Included,
    journal::Subject,
    operations::{Operations, Takes},
    page::Paged,
};

type Mount = Box<dyn Fn(Resource) -> Resource + Send + Sync>;
type NamedSchemas = Vec<(String, RefOr<Schema>)>;

/// One operation: how it is declared and how it is mounted.
pub struct Declaration {
    pub path: String,
    pub method: HttpMethod,
    pub operation: Operation,
    pub permission: Option<&'static str>,
    pub declared: Declared,
    mount: Mount,
}

/// Every operation, ready for the servers of all threads: what was declared is read once.
#[derive(Clone)]
pub struct Mounts(Arc<[MountedPath]>);

/// One path with its operations.
struct MountedPath {
    path: String,
    operations: Operations,
    /// The methods that it takes, as `Allow` lists them.
    allowed: String,
    mounts: Vec<Mount>,
}

/// A set of operations.
#[derive(Default)]
pub struct Routes {
    declarations: Vec<Declaration>,
    /// What adds the schemas that an operation names: for the document alone, as they are many.
    schemas: Vec<fn(&mut NamedSchemas)>,
    copied: Vec<Copied>,
}

/// Adds the handler at the path and method that its `#[utoipa::path]` declares.
#[macro_export]
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {
        $crate::platform::http::Routes::new()
            $(.add(::pastey::paste!([<__path_ $handler>]), $handler))+
    };
}

impl Routes {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one handler. Use the [`routes!`](crate::routes) macro, which pairs it with its own
    /// declaration.
    #[must_use]
    pub fn add<'t, D, F, Args>(mut self, _declaration: D, handler: F) -> Self
    where
        D: utoipa::Path + SchemaReferences + Tags<'t>,
        F: Handler<Args, Output = Result<Args::Answer>> + Send + Sync,
        Args: Guarded,
    {
        let mut declared = Declared::default();
        Args::declare(&mut declared);
        self.schemas.push(D::schemas);
        for method in D::methods() {
            let mut operation = D::operation();
            operation.tags = Some(D::tags().into_iter().map(str::to_owned).collect());
            let asked = declared.included.iter().map(Included::parameter);
            operation.parameters.get_or_insert_default().extend(asked);
            let verb = verb(&method);
            let handler = handler.clone();
            let mount = Box::new(move |resource: Resource| {
                let head = if verb == Method::GET { Method::HEAD } else { verb.clone() };
                let either = guard::Any(guard::Method(verb.clone())).or(guard::Method(head));
                resource.route(web::route().guard(either).to(handler.clone()))
            });
            self.declarations.push(Declaration {
                path: D::path(),
                method,
                operation,
                permission: Args::PERMISSION,
                declared: std::mem::take(&mut declared),
                mount,
            });
        }
        self
    }

    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.declarations.extend(other.declarations);
        self.schemas.extend(other.schemas);
        self.copied.extend(other.copied);
        self
    }

    /// Says that other systems may keep copies of these records, if they may read them by `P`, each at this
    /// address: `{id}` stands for it, and `{of}` for the record under which it is listed.
    #[must_use]
    pub fn copied<T: Subject + DeserializeOwned, P: Permission>(
        mut self,
        address: &'static str,
    ) -> Self {
        self.copied.push(Copied::of::<T, P>(address));
        self
    }

    /// The kinds of records that copies are kept of.
    #[must_use]
    pub fn copies(&self) -> Vec<Copied> {
        self.copied.clone()
    }

    /// Reads what was declared for the servers of all threads.
    #[must_use]
    pub fn mounts(self) -> Mounts {
        let mut paths: BTreeMap<String, Vec<Declaration>> = BTreeMap::new();
        for declaration in self.declarations {
            paths.entry(declaration.path.clone()).or_default().push(declaration);
        }
        Mounts(paths.into_iter().map(|(path, of_path)| MountedPath::new(path, of_path)).collect())
    }

    /// Method, path and permission of every operation.
    #[must_use]
    pub fn permissions(&self) -> Vec<(String, String, Option<&'static str>)> {
        let row = |declaration: &Declaration| {
            let method = verb(&declaration.method).to_string();
            (method, declaration.path.clone(), declaration.permission)
        };
        self.declarations.iter().map(row).collect()
    }

    /// The OpenAPI document of the same operations.
    ///
    /// # Errors
    ///
    /// If two types claim the same schema name: one of them must be renamed.
    pub fn document(&self, about: &About) -> Result<Value> {
        let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
        let platform = [
            (Problem::name().into_owned(), Problem::schema()),
            (Fault::name().into_owned(), Fault::schema()),
        ];
        let mut named: NamedSchemas = Vec::from(platform);
        self.schemas.iter().for_each(|add| add(&mut named));
        for (name, schema) in &named {
            let schema = serde_json::to_value(schema).map_err(Error::internal)?;
            if schemas.insert(name.clone(), schema.clone()).is_some_and(|other| other != schema) {
                return Err(Error::internal(format!("two types claim the schema name {name}")));
            }
        }
        for included in self.declarations.iter().filter_map(|it| it.declared.included.as_ref()) {
            included.declare(&mut schemas)?;
        }
        document::build(about, &self.declarations, schemas)
    }
}

impl Mounts {
    /// Mounts every operation on a server, and the answer to methods that a path does not take.
    pub fn configure(&self, config: &mut web::ServiceConfig) {
        // Paths are tried one after another: those that begin alike only if that fits.
        let alike = |one: &MountedPath, other: &MountedPath| one.beginning() == other.beginning();
        for group in self.0.chunk_by(alike) {
            let beginning = group.first().map(MountedPath::beginning).unwrap_or_default();
            if beginning.is_empty() {
                for path in group {
                    config.service(path.resource());
                }
                continue;
            }
            let scope = web::scope(beginning);
            let scope = group.iter().fold(scope, |scope, path| scope.service(path.resource()));
            config.service(scope);
        }
    }
}

impl MountedPath {
    /// The first two parts of the path, such as `/v1/children`, if both are the same for all requests.
    fn beginning(&self) -> &str {
        let parts = self.path.match_indices('/').map(|(place, _)| place);
        let end = parts.chain([self.path.len()]).nth(2);
        let beginning = end.and_then(|end| self.path.get(..end)).unwrap_or_default();
        if beginning.contains('{') { "" } else { beginning }
    }

    /// What answers at this path, within those that begin alike.
    fn resource(&self) -> Resource {
        let rest = self.path.strip_prefix(self.beginning()).unwrap_or_default();
        let resource = web::resource(rest).app_data(self.operations.clone());
        let resource = self.mounts.iter().fold(resource, |resource, mount| mount(resource));
        let allowed = self.allowed.clone();
        let refuse = move || {
            let refusal = Error::MethodNotAllowed(allowed.clone());
            async move { refusal.error_response() }
        };
        resource.default_service(web::to(refuse))
    }

    fn new(path: String, declarations: Vec<Declaration>) -> Self {
        let takes = |it: &Declaration| (verb(&it.method).to_string(), it.takes());
        Self {
            path,
            operations: Operations(Arc::new(declarations.iter().map(takes).collect())),
            allowed: allowed(&declarations),
            mounts: declarations.into_iter().map(|declaration| declaration.mount).collect(),
        }
    }
}

impl Declaration {
    /// The query parameters with their bounds, and the media type of the answer.
    fn takes(&self) -> Takes {
        let operation = serde_json::to_value(&self.operation).unwrap_or_default();
        let parameters = operation.get("parameters").and_then(Value::as_array).cloned();
        let named = |parameter: &Value| {
            let of = |member| parameter.get(member).and_then(Value::as_str);
            (of("in") == Some("query")).then(|| of("name").map(ToOwned::to_owned)).flatten()
        };
        let parameters = parameters.unwrap_or_default();
        let query: BTreeSet<String> = parameters.iter().filter_map(named).collect();
        let is_open =
            |parameter: &Value| parameter.pointer("/schema/type") == Some(&json!("object"));
        let open = parameters.iter().any(is_open);
        let filled = parameters.iter().filter(|parameter| !is_text(parameter)).filter_map(named);
        let filled = filled.collect();
        let bounds = |parameter: &Value| {
            let bounds = Bounds::of(parameter.get("schema")?);
            Some((named(parameter).filter(|_| bounds != Bounds::default())?, bounds))
        };
        let bounds = parameters.iter().filter_map(bounds).collect();
        let gives =
            document::media_type(&operation).unwrap_or_else(|| "application/json".to_owned());
        let named = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
        Takes { operation: document::camel_case(named), query, open, filled, bounds, gives }
    }
}

/// Whether a parameter may be any text.
fn is_text(parameter: &Value) -> bool {
    let schema = parameter.get("schema");
    let of = |member| schema.and_then(|schema| schema.get(member));
    of("type").and_then(Value::as_str) == Some("string") && of("format").is_none()
}

fn allowed(declarations: &[Declaration]) -> String {
    let mut methods: BTreeSet<String> =
        declarations.iter().map(|declaration| verb(&declaration.method).to_string()).collect();
    if methods.contains("GET") {
        methods.insert("HEAD".to_owned());
    }
    methods.into_iter().collect::<Vec<_>>().join(", ")
}

/// Answers a page, with the address of the next one in `Link`.
pub fn page(address: &Address, page: &impl Paged) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(link) = address.link(page) {
        response.insert_header((header::LINK, link));
    }
    response.json(page)
}

/// The address of a request, as clients see it.
pub struct Address {
    base: String,
    path: String,
    query: String,
}

impl Address {
    /// The value of `Link` that leads to the page after this one.
    pub(super) fn link(&self, page: &impl Paged) -> Option<String> {
        page.next_cursor().map(|cursor| format!("<{}>; rel=\"next\"", self.with_cursor(cursor)))
    }

    fn with_cursor(&self, cursor: &str) -> String {
        let kept =
            self.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
        let cursor = format!("cursor={cursor}");
        let query = kept.chain([cursor.as_str()]).collect::<Vec<_>>().join("&");
        format!("{}{}?{query}", self.base, self.path)
    }
}

impl FromRequest for Address {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let base = req.app_data::<web::Data<BaseUrl>>().map(|base| base.0.clone());
        ready(Ok(Self {
            base: base.unwrap_or_default(),
            path: req.path().to_owned(),
            query: req.query_string().to_owned(),
        }))
    }
}

impl Argument for Address {
    fn declare(declared: &mut Declared) {
        declared.linked = true;
    }
}

/// The address under which clients reach the service; empty for answers relative to it.
#[derive(Debug, Clone, Default)]
pub struct BaseUrl(pub String);

impl FromRequest for BaseUrl {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let base = req.app_data::<web::Data<Self>>().map(|base| base.as_ref().clone());
        ready(Ok(base.unwrap_or_default()))
    }
}

impl Argument for BaseUrl {
    fn declare(_: &mut Declared) {}
}

fn verb(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Trace => Method::TRACE,
    }
}
