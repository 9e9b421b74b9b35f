using System;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>Approval of a structure.</summary>
    public enum StructureApprovalStatus
    {
        /// <summary>Not approved.</summary>
        UnApproved = 0,
        /// <summary>Approved.</summary>
        Approved = 1,
        /// <summary>Rejected.</summary>
        Rejected = 2,
        /// <summary>Reviewed.</summary>
        Reviewed = 3
    }

    /// <summary>A change of a structure's approval; its members are fields (known).</summary>
    public struct StructureApprovalHistoryEntry
    {
        /// <summary>To what.</summary>
        public readonly StructureApprovalStatus ApprovalStatus;

        /// <summary>Why; the database holds no reasons.</summary>
        public readonly string StatusComment;

        /// <summary>By whom.</summary>
        public readonly string UserId;

        /// <summary>By whom, as shown.</summary>
        public readonly string UserDisplayName;

        /// <summary>When.</summary>
        public readonly DateTime ApprovalDateTime;

        /// <summary>Makes an entry.</summary>
        public StructureApprovalHistoryEntry(DateTime when, StructureApprovalStatus status, string userId, string userName)
        {
            ApprovalStatus = status;
            StatusComment = "";
            UserId = userId;
            UserDisplayName = userName;
            ApprovalDateTime = when;
        }
    }
}
