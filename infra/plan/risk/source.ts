// Where the documentation of a type is.

/** CloudFormation's page says for each property whether an update interrupts or replaces: `rds-dbinstance`. */
export function cloudFormation(type: string): string {
  return `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-${type}.html`;
}

/** The page of the Terraform provider that Pulumi's is built on, for what CloudFormation has no type for: `s3_bucket_policy`. */
export function terraform(type: string): string {
  return `https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/${type}`;
}
