using System;
using System.ComponentModel;
using System.Windows.Controls;
using EsapiBridge.Mock.Wpf;

namespace System.Windows
{
#pragma warning disable 1591 // the names say it
    /// <summary>Where a window appears.</summary>
    public enum WindowStartupLocation
    {
        Manual,
        CenterScreen,
        CenterOwner
    }

    /// <summary>Which sizes a window takes from its content.</summary>
    public enum SizeToContent
    {
        Manual,
        Width,
        Height,
        WidthAndHeight
    }

    /// <summary>Whether the user can change its size.</summary>
    public enum ResizeMode
    {
        NoResize,
        CanMinimize,
        CanResize,
        CanResizeWithGrip
    }

    /// <summary>Which border it has.</summary>
    public enum WindowStyle
    {
        None,
        SingleBorderWindow,
        ThreeDBorderWindow,
        ToolWindow
    }

    /// <summary>Whether it fills the screen.</summary>
    public enum WindowState
    {
        Normal,
        Minimized,
        Maximized
    }
#pragma warning restore 1591

    /// <summary>
    /// A window: what it is told, its events in WPF's order, and no picture. How it is shown is up to the host
    /// (<see cref="Screen"/>); what it holds is told as text.
    /// </summary>
    public class Window : ContentControl
    {
        private bool _closed;
        private bool _closing;
        private bool _shown;
        private bool? _dialogResult;
        private bool _isDialog;

        /// <summary>A window that is not shown yet.</summary>
        public Window()
        {
            Title = "";
            Left = Top = double.NaN;
            ResizeMode = ResizeMode.CanResize;
            WindowStyle = WindowStyle.SingleBorderWindow;
            ShowInTaskbar = true;
            base.Visibility = Visibility.Collapsed;
        }

        /// <summary>Asked before it closes; may say no.</summary>
        public event CancelEventHandler Closing;

        /// <summary>It was closed.</summary>
        public event EventHandler Closed;

        /// <summary>It came to the front.</summary>
        public event EventHandler Activated;

        /// <summary>It was shown with all it holds.</summary>
        public event EventHandler ContentRendered;

        /// <summary>Its title.</summary>
        public string Title { get; set; }

        /// <summary>Left edge on the screen, device-independent pixels.</summary>
        public double Left { get; set; }

        /// <summary>Upper edge on the screen, device-independent pixels.</summary>
        public double Top { get; set; }

        /// <summary>Where it appears.</summary>
        public WindowStartupLocation WindowStartupLocation { get; set; }

        /// <summary>Which sizes it takes from its content.</summary>
        public SizeToContent SizeToContent { get; set; }

        /// <summary>Whether the user can change its size.</summary>
        public ResizeMode ResizeMode { get; set; }

        /// <summary>Which border it has.</summary>
        public WindowStyle WindowStyle { get; set; }

        /// <summary>Whether it fills the screen.</summary>
        public WindowState WindowState { get; set; }

        /// <summary>Whether it stays above others.</summary>
        public bool Topmost { get; set; }

        /// <summary>Whether the task bar shows it.</summary>
        public bool ShowInTaskbar { get; set; }

        /// <summary>The window it belongs to.</summary>
        public Window Owner { get; set; }

        /// <summary>Whether it is shown.</summary>
        public override bool IsVisible { get { return Visibility == Visibility.Visible; } }

        /// <summary>How a dialog ended; setting it closes the dialog.</summary>
        public bool? DialogResult
        {
            get
            {
                return _dialogResult;
            }

            set
            {
                if (!_isDialog)
                {
                    throw new InvalidOperationException(
                        "DialogResult can be set only after Window is created and shown as dialog.");
                }
                _dialogResult = value;
                Close();
            }
        }

        /// <summary>Shows it and returns.</summary>
        public void Show()
        {
            Appear();
            Screen.Show(this);
        }

        /// <summary>Shows it and returns when it was closed; whether it was accepted.</summary>
        public bool? ShowDialog()
        {
            _isDialog = true;
            _dialogResult = null;
            Appear();
            Screen.ShowModal(this);
            _isDialog = false;
            return _dialogResult ?? false;
        }

        /// <summary>Takes it away without closing it.</summary>
        public void Hide()
        {
            Visibility = Visibility.Hidden;
        }

        /// <summary>Brings it to the front, if it is shown.</summary>
        public bool Activate()
        {
            if (IsVisible && Activated != null)
            {
                Activated(this, EventArgs.Empty);
            }
            return IsVisible;
        }

        /// <summary>Closes it, unless whoever hears of it says no.</summary>
        public void Close()
        {
            if (_closed || _closing)
            {
                return;
            }
            CancelEventArgs question = new CancelEventArgs();
            _closing = true;
            try
            {
                OnClosing(question);
            }
            finally
            {
                _closing = false;
            }
            if (!question.Cancel)
            {
                _closed = true;
                Visibility = Visibility.Collapsed;
                Texts.Unload(this);
                OnClosed(EventArgs.Empty);
            }
        }

        /// <summary>Whether it was closed.</summary>
        internal bool IsClosed { get { return _closed; } }

        /// <summary>Whether it was ever shown.</summary>
        internal bool WasShown { get { return _shown; } }

        /// <summary>What happens on the way to the screen.</summary>
        internal void Appear()
        {
            if (_closed)
            {
                throw new InvalidOperationException(
                    "Cannot set Visibility or call Show, ShowDialog, or WindowInteropHelper.EnsureHandle after a Window has closed.");
            }
            _shown = true;
            Visibility = Visibility.Visible;
            Activate();
            Texts.Load(this);
            if (ContentRendered != null)
            {
                ContentRendered(this, EventArgs.Empty);
            }
        }

        /// <summary>Before it closes.</summary>
        protected virtual void OnClosing(CancelEventArgs e)
        {
            if (Closing != null)
            {
                Closing(this, e);
            }
        }

        /// <summary>After it closed.</summary>
        protected virtual void OnClosed(EventArgs e)
        {
            if (Closed != null)
            {
                Closed(this, e);
            }
        }
    }
}
