"""What Streamlit runs. Its folder becomes sys.path[0], so there is nothing else in it: see `dashboard.views`."""

from dashboard.views import main

main()
