from django.urls import include, path, re_path

from edx import views

urlpatterns = [
    re_path(r"^api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
    path("sign-in/<str:username>", views.sign_in),
    path("block/<str:usage>", views.block),
    path("studio/<str:usage>", views.studio),
    path("gradebook", views.gradebook),
    path("people", views.people),
]
