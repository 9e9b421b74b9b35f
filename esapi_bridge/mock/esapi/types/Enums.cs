// Names and numbers as in the assembly of 15.6 (stubs of PyESAPI, generated from 1.0.300.11), later names and their order as
// in the documentation of 18.
namespace VMS.TPS.Common.Model.Types
{
    /// <summary>Approval status of a plan.</summary>
    public enum PlanSetupApprovalStatus
    {
        /// <summary>Rejected.</summary>
        Rejected = 0,
        /// <summary>Not approved: may be changed.</summary>
        UnApproved = 1,
        /// <summary>Reviewed.</summary>
        Reviewed = 2,
        /// <summary>Approved for planning.</summary>
        PlanningApproved = 3,
        /// <summary>Approved for treatment.</summary>
        TreatmentApproved = 4,
        /// <summary>Completed before its last fraction.</summary>
        CompletedEarly = 5,
        /// <summary>Completed.</summary>
        Completed = 6,
        /// <summary>Retired.</summary>
        Retired = 7,
        /// <summary>Treated without a plan.</summary>
        UnPlannedTreatment = 8,
        /// <summary>Approved in another system.</summary>
        ExternallyApproved = 9,
        /// <summary>Not known.</summary>
        Unknown = 999
    }

    /// <summary>
    /// What a calculation model calculates. The numbers of 15.6 are known; those of later versions follow from the order
    /// in which the documentation of 18 lists the names (assumed).
    /// </summary>
    public enum CalculationType
    {
        /// <summary>Photon dose.</summary>
        PhotonVolumeDose,
        /// <summary>Photon dose of cones.</summary>
        PhotonSRSDose,
#if ESAPI_16
        /// <summary>Optimisation of photon plans.</summary>
        PhotonOptimization,
#endif
        /// <summary>Fluence optimisation.</summary>
        PhotonIMRTOptimization,
        /// <summary>Arc optimisation.</summary>
        PhotonVMATOptimization,
        /// <summary>Leaf motion calculation.</summary>
        PhotonLeafMotions,
        /// <summary>Proton dose.</summary>
        ProtonVolumeDose,
        /// <summary>Estimation of dose-volume histograms.</summary>
        DVHEstimation,
#if ESAPI_16
        /// <summary>Estimation of dose-volume histograms of protons.</summary>
        ProtonDVHEstimation,
        /// <summary>Optimisation of proton plans.</summary>
        ProtonOptimization,
        /// <summary>Beam line modifiers of protons.</summary>
        ProtonBeamLineModifiers,
        /// <summary>Post-processing of proton spots.</summary>
        ProtonMSPostProcessing,
        /// <summary>Proton DDC.</summary>
        ProtonDDC,
#endif
#if ESAPI_18
        /// <summary>Delivery of proton beams.</summary>
        ProtonBeamDeliveryDynamics,
#endif
    }

    /// <summary>Kind of plan.</summary>
    public enum PlanType
    {
        /// <summary>External beams, photons or electrons.</summary>
        ExternalBeam = 0,
        /// <summary>External beams, one irregular field.</summary>
        ExternalBeam_IRREG = 1,
        /// <summary>External beams, protons.</summary>
        ExternalBeam_Proton = 2,
        /// <summary>Brachytherapy.</summary>
        Brachy = 3
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
        CT = 0,
        /// <summary>Magnetic resonance.</summary>
        MR = 1,
        /// <summary>Positron emission.</summary>
        PT = 2,
        /// <summary>Image of a treatment machine.</summary>
        RTIMAGE = 3,
        /// <summary>Structure set.</summary>
        RTSTRUCT = 4,
        /// <summary>Plan.</summary>
        RTPLAN = 5,
        /// <summary>Dose.</summary>
        RTDOSE = 6,
        /// <summary>Registration.</summary>
        REG = 7,
        /// <summary>Any other.</summary>
        Other = 8
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
        Null = 0,
        /// <summary>Active.</summary>
        Active = 1,
        /// <summary>Completed.</summary>
        Completed = 2,
        /// <summary>Restored.</summary>
        Restored = 3
    }
#endif

#if ESAPI_18
    /// <summary>Technique of a beam.</summary>
    public enum BeamTechnique
    {
        /// <summary>Not known.</summary>
        Invalid = 0,
        /// <summary>Open static field.</summary>
        Static = 1,
        /// <summary>Static field shaped by the MLC.</summary>
        MLC = 2,
        /// <summary>Open arc.</summary>
        Arc = 3,
        /// <summary>Arc shaped by a standing MLC.</summary>
        MLCArc = 4,
        /// <summary>Arc shaped by a moving MLC.</summary>
        ConformalArc = 5,
        /// <summary>Volumetric modulated arc.</summary>
        VMAT = 6,
        /// <summary>Step and shoot.</summary>
        MultipleStaticSegmentIMRT = 7,
        /// <summary>Sliding window.</summary>
        SlidingWindowIMRT = 8,
        /// <summary>Scanned protons.</summary>
        ScanningProton = 9,
        /// <summary>Scattered protons.</summary>
        ScatteringProton = 10
    }
#endif
}
