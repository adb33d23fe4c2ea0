// The code of a CloudFront function, as text: it runs at every edge location before anything else is asked.

/**
 * Sends viewers who came by another host name to `host`, path and query as they were.
 *
 * @param host the one name that answers, e.g. `shop.example.com`
 */
export function redirectFunction(host: string): string {
  return `function handler(event) {
  var request = event.request;
  if (request.headers.host && request.headers.host.value === ${JSON.stringify(host)}) return request;
  var query = [];
  for (var key in request.querystring) {
    var field = request.querystring[key];
    (field.multiValue || [field]).forEach(function (one) {
      query.push(one.value === "" ? key : key + "=" + one.value);
    });
  }
  var location = "https://${host}" + request.uri + (query.length === 0 ? "" : "?" + query.join("&"));
  return { statusCode: 301, statusDescription: "Moved Permanently", headers: { location: { value: location } } };
}
`;
}
