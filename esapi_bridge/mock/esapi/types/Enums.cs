namespace VMS.TPS.Common.Model.Types
{
    /// <summary>Approval status of a plan.</summary>
    public enum PlanSetupApprovalStatus
    {
        /// <summary>Rejected.</summary>
        Rejected,
        /// <summary>Not approved: may be changed.</summary>
        UnApproved,
        /// <summary>Reviewed.</summary>
        Reviewed,
        /// <summary>Approved for planning.</summary>
        PlanningApproved,
        /// <summary>Approved for treatment.</summary>
        TreatmentApproved,
        /// <summary>Completed before its last fraction.</summary>
        CompletedEarly,
        /// <summary>Completed.</summary>
        Completed,
        /// <summary>Retired.</summary>
        Retired,
        /// <summary>Treated without a plan.</summary>
        UnPlannedTreatment,
        /// <summary>Approved in another system.</summary>
        ExternallyApproved,
        /// <summary>Not known.</summary>
        Unknown
    }

    /// <summary>What a calculation model calculates.</summary>
    public enum CalculationType
    {
        /// <summary>Photon dose.</summary>
        PhotonVolumeDose = 0,
        /// <summary>Photon dose of cones.</summary>
        PhotonSRSDose = 1,
        /// <summary>Fluence optimisation.</summary>
        PhotonIMRTOptimization = 2,
        /// <summary>Arc optimisation.</summary>
        PhotonVMATOptimization = 3,
        /// <summary>Leaf motion calculation.</summary>
        PhotonLeafMotions = 4,
        /// <summary>Estimation of dose-volume histograms.</summary>
        DVHEstimation = 5,
#if ESAPI_16
        /// <summary>Optimisation of photon plans.</summary>
        PhotonOptimization = 6,
#endif
    }

    /// <summary>Kind of plan.</summary>
    public enum PlanType
    {
        /// <summary>External beams, photons or electrons.</summary>
        ExternalBeam,
        /// <summary>External beams, one irregular field.</summary>
        ExternalBeam_IRREG,
        /// <summary>Brachytherapy.</summary>
        Brachy,
        /// <summary>External beams, protons.</summary>
        ExternalBeam_Proton
    }

    /// <summary>How dose is expressed.</summary>
    public enum DoseValuePresentation
    {
        /// <summary>In per cent of the prescription.</summary>
        Relative = 0,
        /// <summary>In the system's unit, Gy or cGy.</summary>
        Absolute = 1
    }

    /// <summary>How volume is expressed.</summary>
    public enum VolumePresentation
    {
        /// <summary>In per cent of the structure.</summary>
        Relative = 0,
        /// <summary>In cubic centimetres.</summary>
        AbsoluteCm3 = 1
    }

    /// <summary>How a patient lies.</summary>
    public enum PatientOrientation
    {
        /// <summary>Not known.</summary>
        NoOrientation = 0,
        /// <summary>HFS.</summary>
        HeadFirstSupine = 1,
        /// <summary>HFP.</summary>
        HeadFirstProne = 2,
        /// <summary>HFDR.</summary>
        HeadFirstDecubitusRight = 3,
        /// <summary>HFDL.</summary>
        HeadFirstDecubitusLeft = 4,
        /// <summary>FFS.</summary>
        FeetFirstSupine = 5,
        /// <summary>FFP.</summary>
        FeetFirstProne = 6,
        /// <summary>FFDR.</summary>
        FeetFirstDecubitusRight = 7,
        /// <summary>FFDL.</summary>
        FeetFirstDecubitusLeft = 8,
        /// <summary>Sitting.</summary>
        Sitting = 9
    }

    /// <summary>What an MLC does in a beam.</summary>
    public enum MLCPlanType
    {
        /// <summary>Shapes the field.</summary>
        Static = 0,
        /// <summary>Moves while a static gantry irradiates.</summary>
        DoseDynamic = 1,
        /// <summary>Shapes the field of an arc.</summary>
        ArcDynamic = 2,
        /// <summary>Moves during an arc with varying dose rate.</summary>
        VMAT = 3,
        /// <summary>Of protons.</summary>
        ProtonLayerStacking = 4,
        /// <summary>There is no MLC in the beam.</summary>
        NotDefined = 999
    }

    /// <summary>Sense in which a gantry turns.</summary>
    public enum GantryDirection
    {
        /// <summary>It stands.</summary>
        None = 0,
        /// <summary>Clockwise.</summary>
        Clockwise = 1,
        /// <summary>Counter-clockwise.</summary>
        CounterClockwise = 2
    }

    /// <summary>Modality of a series.</summary>
    public enum SeriesModality
    {
        /// <summary>Computed tomography.</summary>
        CT,
        /// <summary>Magnetic resonance.</summary>
        MR,
        /// <summary>Positron emission.</summary>
        PT,
        /// <summary>Registration.</summary>
        REG,
        /// <summary>Structure set.</summary>
        RTSTRUCT,
        /// <summary>Any other.</summary>
        Other
    }

    /// <summary>Unit of a meterset.</summary>
    public enum DosimeterUnit
    {
        /// <summary>None: no meterset.</summary>
        Null = 0,
        /// <summary>Monitor units.</summary>
        MU = 1,
        /// <summary>Minutes.</summary>
        Minute = 2,
        /// <summary>Seconds.</summary>
        Second = 3
    }

#if ESAPI_16
    /// <summary>Clinical status of a course.</summary>
    public enum CourseClinicalStatus
    {
        /// <summary>None.</summary>
        Null,
        /// <summary>Active.</summary>
        Active,
        /// <summary>Completed.</summary>
        Completed,
        /// <summary>Restored.</summary>
        Restored
    }
#endif

#if ESAPI_18
    /// <summary>Technique of a beam.</summary>
    public enum BeamTechnique
    {
        /// <summary>Not known.</summary>
        Invalid,
        /// <summary>Open static field.</summary>
        Static,
        /// <summary>Static field shaped by the MLC.</summary>
        MLC,
        /// <summary>Open arc.</summary>
        Arc,
        /// <summary>Arc shaped by a standing MLC.</summary>
        MLCArc,
        /// <summary>Arc shaped by a moving MLC.</summary>
        ConformalArc,
        /// <summary>Volumetric modulated arc.</summary>
        VMAT,
        /// <summary>Step and shoot.</summary>
        MultipleStaticSegmentIMRT,
        /// <summary>Sliding window.</summary>
        SlidingWindowIMRT,
        /// <summary>Scanned protons.</summary>
        ScanningProton,
        /// <summary>Scattered protons.</summary>
        ScatteringProton
    }
#endif
}
