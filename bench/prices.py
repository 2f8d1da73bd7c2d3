"""AWS's list prices that `bench bill` computes with: the only place of this repository that holds a price.

Taken from AWS's price pages and from articles that quote them. Look up those of your region. Free tiers are left out.
"""

REGION, DATE = "us-east-1", "early 2026"

# US dollars for one of each.
PRICES = {
    "DynamoDB write units": 0.625e-6,
    "DynamoDB read units": 0.125e-6,
    "SES mails": 100e-6,
    "API Gateway requests": 3.50e-6,
    "Lambda requests": 0.20e-6,
    "Lambda GB-seconds": 16.6667e-6,
    "CloudWatch bytes logged": 0.50e-9,
}
A_MONTH = {
    "metrics": 0.30,
    "alarms": 0.10,
    "GB in tables": 0.25,
    "GB in point-in-time recovery": 0.20,
}
