"""What Streamlit runs. Its folder becomes sys.path[0], so there is nothing else in it: see `otp.dashboard.views`."""

from otp.dashboard.views import main

main()
