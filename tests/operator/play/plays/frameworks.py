"""Django and gevent."""

from dataclasses import replace

from plays import Play
from plays.variables import env
from scene import FLASK, PLAIN, Scene

MANAGE = """import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = "SECRET_KEY = 'x'\nALLOWED_HOSTS = ['*']\nROOT_URLCONF = 'shop.urls'\nMIDDLEWARE = []\nINSTALLED_APPS = []\n"
URLS = """from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("ok"))]
"""
SETTING, FOLDER = env("DJANGO_SETTINGS_MODULE", "shop.settings"), env("PYTHONPATH", "/app")
PATCH = "OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH"

django = Scene(
    files={"manage.py": MANAGE, "shop/__init__.py": "", "shop/settings.py": SETTINGS, "shop/urls.py": URLS},
    packages=["django==5.2.8"],
    command=["python", "manage.py", "runserver", "--noreload", "127.0.0.1:$PORT"],
)
gevent = Scene(
    files={"app.py": FLASK},
    packages=[*PLAIN, "gunicorn==23.0.0", "gevent==25.9.1"],
    command=["gunicorn", "-k", "gevent", "-b", "127.0.0.1:$PORT", "app:app"],
)

ITSELF = "from gevent import monkey\nmonkey.patch_all()\n"
itself = replace(gevent, files={"app.py": ITSELF + FLASK}, command=["gunicorn", "-b", "127.0.0.1:$PORT", "app:app"])


def without_requests(outcome):
    """No spans of Django's; what else is seen."""
    if b"instrumentation.django" in outcome.traces:
        return None
    line = next((line for line in outcome.said.splitlines() if "Error:" in line), None)
    return f"{'it serves' if outcome.answered else f'it does not start (“{line}”)'}, and no spans of Django's come"


def with_requests(outcome):
    return "spans of Django's come" if outcome.answered and b"instrumentation.django" in outcome.traces else None


def warned(outcome):
    line = next((line for line in outcome.said.splitlines() if "MonkeyPatchWarning" in line), None)
    return f"gevent warns: “{line.split('MonkeyPatchWarning: ')[1][:110]}…”" if line and outcome.answered else None


def not_booted(outcome):
    line = next((line for line in outcome.said.splitlines() if line.startswith("RuntimeError")), None)
    is_it = not outcome.answered and "Worker failed to boot" in outcome.said
    return f"the worker does not boot: “{line}”" if line and is_it else None


def not_warned(outcome):
    return "no warning, and spans come" if "MonkeyPatchWarning" not in outcome.said and outcome.has_spans else None


PLAYS = [
    Play(
        "operator.django.path", "`DJANGO_SETTINGS_MODULE` alone",
        replace(django, env=SETTING), "`PYTHONPATH`, too", replace(django, env=SETTING + FOLDER), without_requests, with_requests,
    ),
    Play(
        "operator.django.settings", "`PYTHONPATH` alone",
        replace(django, env=FOLDER), "`DJANGO_SETTINGS_MODULE`, too", replace(django, env=SETTING + FOLDER),
        without_requests, with_requests,
    ),
    Play(
        "operator.gevent.patch", "Gunicorn with workers of gevent",
        gevent, f"`{PATCH}=patch_all`", replace(gevent, env=env(PATCH, "patch_all")), warned, not_warned,
    ),
    Play(
        "operator.gevent.patch", "`monkey.patch_all()` at the top of the application",
        itself, f"`{PATCH}=patch_all`", replace(itself, env=env(PATCH, "patch_all")), not_booted, not_warned,
    ),
]
