"""The demo company: a fictional speciality-tea retailer whose every table is made, and whose truth is known."""

from relops.data.demo.make import make_demo
from relops.data.demo.project import company_project, demo_project
from relops.data.demo.settings import DemoSettings

__all__ = ["DemoSettings", "company_project", "demo_project", "make_demo"]
