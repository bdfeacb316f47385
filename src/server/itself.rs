//! The service as it asks itself.
use std::rc::Rc;

use actix_service::IntoServiceFactory as _;
use actix_web::{
    App,
    body::to_bytes,
    dev::{AppConfig, Service as _, ServiceFactory as _},
    web,
};

use super::nowhere;
use crate::platform::{
    access::Platform,
    error::{Error, Result},
    http::{BaseUrl, Mounts},
    inner::{Inner, Making},
};

/// Makes the service as it asks itself, wherever it does: every operation, and nothing around it.
pub fn making(platform: &web::Data<Platform>, base_url: &BaseUrl, operations: &Mounts) -> Making {
    let parts = (platform.clone(), base_url.clone(), operations.clone());
    Making::new(move || {
        let (platform, base_url, operations) = parts.clone();
        inner(platform, base_url, operations)
    })
}

async fn inner(
    platform: web::Data<Platform>,
    base_url: BaseUrl,
    operations: Mounts,
) -> Result<Inner> {
    let app = App::new()
        .app_data(platform)
        .app_data(web::Data::new(base_url))
        .configure(|config| operations.configure(config))
        .default_service(web::to(nowhere));
    let service = app.into_factory().new_service(AppConfig::default()).await;
    let service = Rc::new(service.map_err(|()| Error::internal("the service cannot ask itself"))?);
    Ok(Inner::new(move |request| {
        let service = Rc::clone(&service);
        async move {
            let answer = service.call(request).await;
            let answer = answer.map_err(|error| Error::internal(error.to_string()))?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let body = to_bytes(answer.into_body()).await;
            let body = body.map_err(|_| Error::internal("an answer broke off"))?;
            Ok((status, headers, body))
        }
    }))
}
