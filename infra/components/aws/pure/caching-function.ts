// The code of a CloudFront function, as text: it runs at every edge location, on the way back to the viewer.

/**
 * Says how long browsers may keep what was found. CloudFront runs no function on answers with 400 or more
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html), so that what was missing once is
 * asked for again; a response headers policy would mark those answers as well.
 *
 * @param cacheControl value of the header, e.g. `public, max-age=604800`
 */
export function cachingFunction(cacheControl: string): string {
  return `function handler(event) {
  var response = event.response;
  response.headers["cache-control"] = { value: ${JSON.stringify(cacheControl)} };
  return response;
}
`;
}
