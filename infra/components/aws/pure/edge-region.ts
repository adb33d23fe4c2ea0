// The region that everything of CloudFront's is kept in, wherever the environment is: certificates, firewalls, metrics.

/** Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html */
export const edgeRegion = "us-east-1";
