"""The script that Streamlit runs. Its folder becomes sys.path[0], so everything else is in `dashboard.views`."""

from dashboard.views import main

main()
