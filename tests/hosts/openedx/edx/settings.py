"""What Django, and lti_consumer inside it, read. One process, one in-memory database, loopback only."""

import os

LMS_ROOT_URL = os.environ["OPENEDX_ROOT"]
TOOL_ROOT = os.environ["OPENEDX_TOOL"]
LMS_BASE = LMS_ROOT_URL.removeprefix("http://")
LEARNING_MICROFRONTEND_URL = LMS_ROOT_URL
PLATFORM_NAME = "practice"
SERVICE_VARIANT = "lms"
FEATURES = {}
COURSE_MEMBER_API_ENROLLMENT_LIMIT = 1000
USAGE_ID_PATTERN = r"(?P<usage_id>[^/]+)"
# The operator's one line of hosts.md: gives the tool the id that the LMS's xAPI statements carry.
LTI_CUSTOM_PARAM_TEMPLATES = {"xapi_actor": "edx.people:xapi_actor"}

SECRET_KEY = "a test has no secret"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "edx.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["OPENEDX_DATABASE"]}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "config_models",
    "lti_consumer",
    "edx",
]
MIDDLEWARE = [
    "edx_django_utils.cache.middleware.RequestCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "edx_django_utils.cache.middleware.TieredCacheMiddleware",
    "crum.CurrentRequestUserMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
