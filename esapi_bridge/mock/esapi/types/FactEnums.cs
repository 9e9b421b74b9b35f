namespace VMS.TPS.Common.Model.Types
{
    /// <summary>Approval of a registration.</summary>
    public enum RegistrationApprovalStatus
    {
        /// <summary>Not approved.</summary>
        Unapproved = 0,
        /// <summary>Approved.</summary>
        Approved = 1,
        /// <summary>Retired.</summary>
        Retired = 2,
        /// <summary>Reviewed.</summary>
        Reviewed = 3
    }

    /// <summary>State of a plan in a treatment session.</summary>
    public enum TreatmentSessionStatus
    {
        /// <summary>Unknown.</summary>
        Null = 0,
        /// <summary>To be treated.</summary>
        Treat = 1,
        /// <summary>To be resumed.</summary>
        Resume = 2,
        /// <summary>Done.</summary>
        Completed = 3,
        /// <summary>Done in part.</summary>
        CompletedPartially = 4,
        /// <summary>To be treated, inactive.</summary>
        InActiveTreat = 5,
        /// <summary>To be resumed, inactive.</summary>
        InActiveResume = 6
    }

    /// <summary>How the patient is set up under a beam.</summary>
    public enum SetupTechnique
    {
        /// <summary>Not stated.</summary>
        Unknown = 0,
        /// <summary>About the isocentre.</summary>
        Isocentric = 1,
        /// <summary>At a distance of the skin.</summary>
        FixedSSD = 2,
        /// <summary>Whole body.</summary>
        TBI = 3,
        /// <summary>With a bridge.</summary>
        BreastBridge = 4,
        /// <summary>On the skin.</summary>
        SkinApposition = 5
    }

    /// <summary>How a proton beam is spread.</summary>
    public enum IonBeamScanMode
    {
        /// <summary>Scattered.</summary>
        None = 0,
        /// <summary>Uniform scanning.</summary>
        Uniform = 1,
        /// <summary>Modulated scanning.</summary>
        Modulated = 2,
        /// <summary>Wobbling.</summary>
        Wobbling = 3,
        /// <summary>Line scanning.</summary>
        Line = 4,
        /// <summary>Not known.</summary>
        Unknown = 999
    }

    /// <summary>What carries the patient.</summary>
    public enum PatientSupportType
    {
        /// <summary>A couch.</summary>
        Table = 0,
        /// <summary>A chair.</summary>
        Chair = 1
    }
}
