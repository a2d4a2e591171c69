"""The programs that the cases start. `{port}`, `{receiver}` and `{fetched}` are put in.

Each answers with the number of its process, so that it is seen when all workers are there; what asks for that goes to
`/warm`, of which nothing is counted.
"""

ROUTES = "@app.get('/')\n@app.get('/warm')\n"
FLASK = (
    "import os\nfrom flask import Flask\n{before}app = Flask(__name__)\n" + ROUTES + "def index(): return str(os.getpid())\n"
)
API = "import os\nfrom fastapi import FastAPI\n{before}app = FastAPI()\n" + ROUTES + "def index(): return os.getpid()\n"
STARLETTE = (
    "import os\nfrom starlette.applications import Starlette\nfrom starlette.responses import PlainTextResponse\n"
    "from starlette.routing import Route\n{before}"
    "def index(request): return PlainTextResponse(str(os.getpid()))\n"
    "app = Starlette(routes=[Route('/', index), Route('/warm', index)])\n"
)
INITIALIZE = "from opentelemetry.instrumentation.auto_instrumentation import initialize\ninitialize()\n"
EXPORTER = (
    "from opentelemetry import trace\nfrom opentelemetry.sdk.trace import TracerProvider\n"
    "from opentelemetry.sdk.trace.export import BatchSpanProcessor\n"
    "from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter\n"
    "from opentelemetry.instrumentation.flask import FlaskInstrumentor\n"
    "provider = TracerProvider()\n"
    "provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint='{endpoint}')))\n"
    "trace.set_tracer_provider(provider)\n"
)
MAIN = "if __name__ == '__main__': "
DJANGO = (
    "import os\nfrom django.core.{kind} import get_{kind}_application\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_{kind}_application()\n"
)
PROGRAMS = {
    "plain.py": FLASK.format(before=""),
    "patching.py": FLASK.format(before="from gevent import monkey\nmonkey.patch_all()\n"),
    "reloader.py": FLASK.format(before="") + MAIN + "app.run(debug=True, port={port})\n",
    "no_reloader.py": FLASK.format(before="") + MAIN + "app.run(debug=True, use_reloader=False, port={port})\n",
    "late.py": FLASK.format(before=INITIALIZE),
    "first.py": INITIALIZE + FLASK.format(before=""),
    "late_instrument.py": FLASK.format(
        before="from opentelemetry.instrumentation.flask import FlaskInstrumentor\n"
        + EXPORTER.format(endpoint="{receiver}/v1/traces")
        + "FlaskInstrumentor().instrument()\n"
    ),
    "no_path.py": FLASK.format(before=EXPORTER.format(endpoint="{receiver}")) + "FlaskInstrumentor().instrument_app(app)\n",
    "path.py": FLASK.format(before=EXPORTER.format(endpoint="{receiver}/v1/traces"))
    + "FlaskInstrumentor().instrument_app(app)\n",
    "api.py": API.format(before=""),
    "late_api.py": API.format(before=INITIALIZE),
    "first_api.py": INITIALIZE + API.format(before=""),
    "late_starlette.py": STARLETTE.format(before=INITIALIZE),
    "first_starlette.py": INITIALIZE + STARLETTE.format(before=""),
    "serve.py": "import uvicorn\n" + MAIN + "uvicorn.run('api:app', workers=2, timeout_worker_healthcheck=60, port={port})\n",
    "both.py": FLASK.format(before="from opentelemetry.instrumentation.flask import FlaskInstrumentor\n")
    + "FlaskInstrumentor().instrument_app(app, excluded_urls='.*')\n",
    "both_wsgi.py": FLASK.format(before="from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware\n")
    + "app.wsgi_app = OpenTelemetryMiddleware(app.wsgi_app)\n",
    "both_asgi.py": API.format(before="from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware\n")
    + "app.add_middleware(OpenTelemetryMiddleware)\n",
    "post_fork.py": "import os\ndef post_fork(server, worker):\n"
    "    os.environ['OTEL_RESOURCE_ATTRIBUTES'] = f'service.instance.id={worker.pid}'\n"
    "    from opentelemetry.instrumentation.auto_instrumentation import initialize\n    initialize()\n",
    "reader.py": "from prometheus_client import start_http_server\nfrom opentelemetry import metrics\n"
    "from opentelemetry.sdk.metrics import MeterProvider\nfrom opentelemetry.exporter.prometheus import PrometheusMetricReader\n"
    "start_http_server({fetched})\n"
    "metrics.set_meter_provider(MeterProvider(metric_readers=[PrometheusMetricReader()]))\n"
    "from opentelemetry.instrumentation.flask import FlaskInstrumentor\nFlaskInstrumentor().instrument()\n"
    + FLASK.format(before=""),
    "manage.py": "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
    "shop/__init__.py": "",
    "shop/settings.py": "DEBUG = False\nALLOWED_HOSTS = ['*']\nSECRET_KEY = 'x'\nROOT_URLCONF = 'shop.urls'\nMIDDLEWARE = []\n",
    "shop/urls.py": "import os\nfrom django.http import HttpResponse\nfrom django.urls import path\n"
    "def index(request): return HttpResponse(str(os.getpid()))\nurlpatterns = [path('', index), path('warm', index)]\n",
    "shop/wsgi.py": DJANGO.format(kind="wsgi"),
    "shop/asgi.py": DJANGO.format(kind="asgi"),
    "jobs.py": "from celery import Celery\nimport pathlib\n"
    "folder = pathlib.Path(__file__).parent\n"
    "app = Celery('jobs', broker='filesystem://')\napp.conf.task_ignore_result = True\n"
    "app.conf.broker_transport_options = {'data_folder_in': str(folder), 'data_folder_out': str(folder)}\n"
    "@app.task\ndef work(number): return number\n",
    "jobs_flush.py": "from jobs import app\nfrom celery.signals import worker_process_shutdown\nfrom opentelemetry import trace\n"
    "@worker_process_shutdown.connect\ndef flush(**_): trace.get_tracer_provider().force_flush()\n",
    "feed.py": "import jobs\nfor number in range(40): jobs.work.delay(number)\n",
    "records.py": "import logging, time\nfor number in range(40): logging.getLogger('shop').warning('number %s', number)\n"
    "time.sleep(1)\n",
}

# What calls others, with an instrumentation by hand or without: the imports, how a client is made, and the calls.
TARGET = (
    "import threading\nfrom http.server import BaseHTTPRequestHandler, ThreadingHTTPServer\n"
    "class Handler(BaseHTTPRequestHandler):\n"
    "    def do_GET(self): self.send_response(204); self.end_headers()\n"
    "server = ThreadingHTTPServer(('127.0.0.1', {port}), Handler)\n"
    "threading.Thread(target=server.serve_forever, daemon=True).start()\nurl = 'http://127.0.0.1:{port}/'\n"
)
WAIT = "import time; time.sleep(1)\n"
HTTPX = "import httpx\nfrom opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor\nclient = httpx.Client()\n"
AIOHTTP = (
    "import aiohttp, asyncio\nfrom opentelemetry.instrumentation import aiohttp_client\n"
    "async def main():\n    async with aiohttp.ClientSession({own}) as session:\n"
    "        for _ in range(40): await (await session.get(url)).read()\nasyncio.run(main())\n"
)
REDIS = (
    "import redis\nfrom opentelemetry.instrumentation.redis import RedisInstrumentor\nclient = redis.Redis(port=1, retry=None)\n"
    "{own}for _ in range(40):\n    try: client.get('x')\n    except redis.ConnectionError: pass\n"
)
GRPC = (
    "import grpc\nfrom concurrent import futures\nfrom opentelemetry.instrumentation.grpc import server_interceptor\n"
    "class Calls(grpc.GenericRpcHandler):\n"
    "    def service(self, details): return grpc.unary_unary_rpc_method_handler(lambda request, context: b'y')\n"
    "own = grpc.server(futures.ThreadPoolExecutor(), interceptors=[{own}])\n"
    "own.add_generic_rpc_handlers((Calls(),))\nport = own.add_insecure_port('127.0.0.1:0')\nown.start()\n"
    "channel = grpc.insecure_channel('127.0.0.1:' + str(port))\n"
    "for _ in range(40): channel.unary_unary('/a.B/C')(b'x')\n"
)
GETS = "for _ in range(40): client.get(url)\n"
PROGRAMS |= {
    "httpx_whole.py": TARGET + HTTPX + "HTTPXClientInstrumentor().instrument()\n" + GETS + WAIT,
    "httpx_client.py": TARGET + HTTPX + "HTTPXClientInstrumentor.instrument_client(client)\n" + GETS + WAIT,
    "aiohttp_plain.py": TARGET + AIOHTTP.format(own="") + WAIT,
    "aiohttp_config.py": TARGET + AIOHTTP.format(own="trace_configs=[aiohttp_client.create_trace_config()]") + WAIT,
    "redis_plain.py": REDIS.format(own="") + WAIT,
    "redis_client.py": REDIS.format(own="RedisInstrumentor.instrument_client(client)\n") + WAIT,
    "grpc_plain.py": GRPC.format(own="") + WAIT,
    "grpc_interceptor.py": GRPC.format(own="server_interceptor()") + WAIT,
}


def needed(command):
    """The names of the programs that a command names, with those that they need."""
    words = set(command.replace(":", " ").replace("=", " ").replace("/", " ").split())
    names = {name for name in PROGRAMS if name in words or name.removesuffix(".py") in words}
    if "shop" in command:
        names |= {name for name in PROGRAMS if name.startswith("shop/")} | {"manage.py"}
    if "serve.py" in names:
        names.add("api.py")
    if any(name.startswith("jobs") for name in names):
        names |= {"jobs.py", "feed.py"}
    return names
