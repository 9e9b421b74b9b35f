using System;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>A change of a plan's approval.</summary>
    public struct ApprovalHistoryEntry
    {
        private readonly DateTime _when;
        private readonly PlanSetupApprovalStatus _status;
        private readonly string _userId;
        private readonly string _userName;

        /// <summary>Makes an entry.</summary>
        public ApprovalHistoryEntry(DateTime when, PlanSetupApprovalStatus status, string userId, string userName)
        {
            _when = when;
            _status = status;
            _userId = userId;
            _userName = userName;
        }

        /// <summary>When.</summary>
        public DateTime ApprovalDateTime { get { return _when; } }

        /// <summary>To what.</summary>
        public PlanSetupApprovalStatus ApprovalStatus { get { return _status; } }

        /// <summary>By whom.</summary>
        public string UserId { get { return _userId; } }

        /// <summary>By whom, as shown.</summary>
        public string UserDisplayName { get { return _userName; } }

        /// <summary>Why; the database holds no reasons.</summary>
        public string StatusComment { get { return ""; } }
    }
}
