"""python run.py PORT TOOL_URL: fill the database, serve, print READY."""

import os
import sys
import tempfile
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

COURSE = "course-v1:BoKHCN+KNS+2025"
BLOCK = f"{COURSE.replace('course-v1', 'block-v1')}+type@lti_consumer+block@donghanh"
PEOPLE = [
    ("hoa", "Lường Thị Hoa", "student"),
    ("duc", "Đặng Văn Đức", "student"),
    ("thay", "Phùng Minh Thầy", "instructor"),
]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def fill(tool):
    from django.contrib.auth import get_user_model
    from edx.models import Block, Enrolment, Person

    for username, name, role in PEOPLE:
        user = get_user_model().objects.create(username=username, email=f"{username}@xa.example.vn")
        Person.objects.create(user=user, name=name)
        Enrolment.objects.create(user=user, course=COURSE, role=role)
    Block.objects.create(
        usage=BLOCK,
        values={
            "display_name": "Đồng hành",
            "lti_version": "lti_1p3",
            "config_type": "new",
            "lti_1p3_launch_url": f"{tool}/lti/launch",
            "lti_1p3_oidc_url": f"{tool}/lti/login",
            "lti_1p3_tool_key_mode": "keyset_url",
            "lti_1p3_tool_keyset_url": f"{tool}/lti/jwks",
            "lti_1p3_enable_nrps": True,
            "lti_advantage_ags_mode": "declarative",
            "lti_advantage_deep_linking_enabled": True,
            "lti_advantage_deep_linking_launch_url": f"{tool}/lti/launch",
            "has_score": True,
            "weight": 100.0,
            "ask_to_send_full_name": True,
            "custom_parameters": ["xapi_actor=${xapi_actor}"],
            "launch_target": "iframe",
        },
    )


def main():
    port, tool = int(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        root = f"http://127.0.0.1:{port}"
        os.environ.update(
            DJANGO_SETTINGS_MODULE="edx.settings",
            OPENEDX_ROOT=root,
            OPENEDX_TOOL=tool,
            OPENEDX_DATABASE=str(Path(folder, "lms.db")),
        )
        sys.path.insert(0, str(Path(__file__).parent))
        from edx import edx_platform

        edx_platform.install()
        import django
        from django.core.management import call_command
        from django.core.wsgi import get_wsgi_application

        django.setup()
        call_command("migrate", verbosity=0, run_syncdb=True)
        fill(tool)
        server = make_server(
            "127.0.0.1", port, get_wsgi_application(), server_class=Server, handler_class=Quiet
        )
        print("READY", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
