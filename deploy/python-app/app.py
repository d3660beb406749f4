"""An application with the usual three metrics of requests, which it makes itself."""

import random
import time

from prometheus_client import Counter, Gauge, Histogram, start_http_server

REQUESTS = Counter('http_requests_total', 'Total HTTP Requests', ['method', 'endpoint', 'status'])
DURATION = Histogram(
    'http_request_duration_seconds',
    'HTTP Request Duration',
    ['method', 'endpoint'],
    buckets=[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0],
)
ACTIVE = Gauge('http_requests_active', 'Active HTTP Requests')


def get_users():
    with ACTIVE.track_inprogress(), DURATION.labels('GET', '/api/users').time():
        time.sleep(random.uniform(0.01, 0.5))
    REQUESTS.labels('GET', '/api/users', '200').inc()


if __name__ == '__main__':
    start_http_server(8000)
    while True:
        get_users()
        time.sleep(random.uniform(0.1, 1))
