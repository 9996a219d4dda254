"""An article file in the shape of the real samples, with an invented text and secret."""

BLOB = "qW3zr+T/" * 8

SAMPLE = f"""\
---
category: news
title: "River gauges: what the new sensors tell"
excerpt: "Forty sensors along the Weser report every minute, and anyone may read them."
publishedDateTime: 2021-02-04T18:21:00Z
webUrl: "https://gauges.example/2021/sensors/"
type: article
quality: 24
published: false

provider:
  name: Gauge Weekly
  domain: gauges.example

topics:
  - Rivers
  - Open Data

images:
  - url: "https://gauges.example/sensor.jpg?size=500%2C281"
    width: 500
    height: 281
    isCached: true

related:
  - title: "How a flood is foretold"
    excerpt: "Models need gauges, and gauges need people."
    publishedDateTime: 2021-02-04T11:20:00Z
    webUrl: "https://water.example/flood"
    ampWebUrl: "https://water.example/flood/amp"
    type: article
    images:
      - url: "https://water.example/flood.png"
        width: 576
        height: 324

secured: "{BLOB};abc=="
---
"""
