import type { FailureReason } from './failure.js';

/**
 * What somebody should look at first, for every reason; shown with the probe's own findings and its log below.
 */
export const FAILURE_ADVICE: Readonly<Record<FailureReason, string>> = {
  probe_cancelled: 'Nothing is wrong with the target: run the probe again.',
  overloaded:
    'Raise --probe.max-in-flight, or its like for clients and targets; or spread the targets over more of Sonde, or over time.',
  no_time_left: "Raise the scrape timeout or the module's timeout, or lower --timeout-offset.",
  invalid_target: 'Correct the target: a URL for http and websocket, host:port for tcp and grpc.',
  target_denied:
    'Ask who runs Sonde: target_policy of the configuration, or of the module, does not allow this target.',
  invalid_request: 'Correct the method, headers or body in the module.',
  file_unreadable: 'Check the path and the rights of the file that the module names.',
  tls_config_invalid: 'Check that certificate and key of tls_config belong together, and its versions.',
  secret_ref_unsupported: 'Use the key with _file, or give the value itself.',
  http3_unsupported: 'Take enable_http3 out of the module.',
  dns_no_such_host:
    'Check the spelling of the name, then ask the resolver: dig NAME. Was the record deleted, or is it known to another resolver only?',
  dns_no_suitable_address: 'Set preferred_ip_protocol to the family that the name has, or ip_protocol_fallback: true.',
  dns_server_failure:
    'Ask each server of /etc/resolv.conf: dig @SERVER NAME. SERVFAIL often means a broken DNSSEC signature or a dead authoritative server.',
  dns_timeout: 'Check that the servers of /etc/resolv.conf can be reached over UDP port 53.',
  dns_response_malformed:
    'Capture the reply (tcpdump port 53): something on the way changes it, or the server is broken.',
  dns_response_too_large: 'Raise edns.udp_size of the module, or use transport_protocol: tcp.',
  dns_response_mismatch: 'Capture the replies: another server, or an attacker, answers.',
  expectation_invalid: 'Correct the expectation in the module: sonde check FILE says where it is.',
  dns_rcode_mismatch:
    "Ask the same server with dig: does the zone exist there? SERVFAIL is the server's own trouble, REFUSED its access list. If the code is right, add it to valid_rcodes.",
  dns_record_mismatch: 'Compare the records with the pattern: change the zone, or the pattern.',
  connection_refused:
    'Check that the service runs and listens on this address and port (ss -ltn), and what the firewall rejects.',
  connection_reset:
    'Look into the log of the service, and at what is between: a load balancer without backends resets, too.',
  connection_closed: 'Look into the log of the service: it took the connection and gave up.',
  connection_timeout: 'Check that the host is up and that no firewall drops the packets on the way.',
  network_unreachable:
    'Check the routes of this host: ip route get ADDRESS. For IPv6 without a route set preferred_ip_protocol: ip4.',
  host_unreachable: 'Check that the host is up and in the network that it should be in.',
  address_unavailable: 'Check source_ip_address: it has to be an address of this host, of the family of the target.',
  permission_denied:
    "Check what this process may do (capabilities, ping_group_range, local firewall), and the server's access list or the rights of its user.",
  auth_failed: 'Check user and password in the module against those of the server.',
  credentials_refused: 'If the target may receive the credentials, add it to credentials_for of the module.',
  too_many_connections:
    "Look who is connected, and raise the server's limit (redis: maxclients, postgres: max_connections) if it is too low.",
  protocol_error: 'Check that the port, or the path, is that of the server which the prober is for.',
  resources_exhausted: 'Raise the limit of open files of this process (ulimit -n), or probe less at once.',
  network_error: 'Look up the code in the log.',
  proxy_refused: "Check the proxy's access list, and the credentials in proxy_url.",
  proxy_timeout: 'Check that the proxy runs and reaches the target.',
  token_refused: 'Check client id, secret and scopes of oauth2.',
  token_timeout: 'Check that the token endpoint answers.',
  token_unreachable: 'Check token_url, and that this host reaches it.',
  tls_timeout: 'Check whether the port speaks TLS at all, and the load of the server.',
  tls_handshake_failed:
    'Check that the port speaks TLS, and its versions and ciphers: openssl s_client -connect HOST:PORT.',
  tls_certificate_expired: 'Renew the certificate and have the server load it.',
  tls_certificate_not_yet_valid: 'Check the clocks of this host and of whoever issued the certificate.',
  tls_unknown_authority:
    'Have the server send its intermediate certificates; for an authority of your own set tls_config.ca_file.',
  tls_self_signed: 'Set tls_config.ca_file to the certificate, or have an authority issue one.',
  tls_name_mismatch: 'Get a certificate for the name, or set tls_config.server_name to one that it is for.',
  tls_certificate_invalid: 'See the message for the rule that it breaks, and have it issued anew.',
  tls_client_certificate_required: 'Set cert_file and key_file of tls_config to a certificate that the server accepts.',
  response_timeout: 'The connection stands but the service is silent: check its load, threads and backends.',
  response_malformed: 'Check that the port speaks the protocol of the module.',
  response_header_too_large: 'Look for a loop that sets cookies, or for a service of another kind.',
  http2_refused_stream: 'Check the limits of the server for streams; it asks to try again.',
  http2_goaway: 'The server was restarting or draining: probe again; look at its log if it stays.',
  http2_enhance_your_calm: 'Probe less often, or raise the rate limit of the server.',
  redirect_invalid: 'Correct the Location header of the server.',
  too_many_redirects:
    'Look at the hops for what sends them in a circle: http and https, with and without www, a missing cookie.',
  redirect_unsupported: 'Correct the Location header, or set follow_redirects: false.',
  response_mismatch: 'Compare what was received with the pattern of the step.',
  response_rejected: 'Look at what was received: the service says what is wrong.',
  response_too_large: 'Check that the port is of the service that the module is for.',
  upgrade_refused: 'Check the path, and that the proxy before the service passes Upgrade on.',
  body_timeout: 'Check how long the service takes for the body, and the timeout of the module.',
  body_truncated: 'Look into the log of the service or its proxy: the answer broke off.',
  body_too_large: 'Raise body_size_limit, or probe a smaller page.',
  body_decompression_failed: 'Set compression to what the server sends, or take it out of the module.',
  status_code_mismatch:
    'Look at the body and into the log of the service; if the status is right, add it to valid_status_codes.',
  header_mismatch: 'Compare the headers with the pattern.',
  body_mismatch: 'Compare the body with the pattern: is it an error page with status 200?',
  body_too_complex: 'Probe a page with less JSON.',
  body_not_json: 'Look at the body: it is not what the CEL expression is for.',
  cel_mismatch: 'Compare the body with the expression.',
  cel_error: 'Correct the expression: it names keys that the body does not have, or gives no boolean.',
  http_version_mismatch: 'Change valid_http_versions, or enable_http2.',
  grpc_unimplemented: 'Register the health service (grpc.health.v1) in the server.',
  grpc_service_unknown: 'Check the service in the module: the server does not register its health.',
  grpc_status_error: 'Look up the status and its message in the log of the service.',
  grpc_not_serving: 'The server runs but reports itself as not ready: look into its log for what it waits for.',
  icmp_addon_missing: 'Install a C compiler and run npm rebuild, or use an image that has the addon.',
  icmp_prohibited: 'Ask the owner of the router or firewall that answered.',
  icmp_error: 'Look up type and code in the log.',
  icmp_replies_missing: 'Packets are lost: look for the hop that loses them with mtr.',
  ttl_exceeded: 'Raise ttl, or look for a routing loop with traceroute.',
  packet_too_big: 'Lower payload_size, or set dont_fragment: false.',
  check_timeout: 'Use simpler patterns, or a longer timeout.',
  check_too_costly: 'Use simpler patterns or expressions, or a smaller page.',
  tls_unexpected: 'Take fail_if_ssl out of the module, or look at what redirects to https.',
  tls_missing: 'Have the service redirect to https, or take fail_if_not_ssl out of the module.',
};
