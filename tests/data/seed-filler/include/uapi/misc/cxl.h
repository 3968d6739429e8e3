#ifndef _UAPI_MISC_CXL_H
#define _UAPI_MISC_CXL_H

enum cxl_event_type {
	CXL_EVENT_RESERVED      = 0,
@@@
	__u16 type;
	__u16 size;
	__u16 process_element;
	__u16 reserved1;
};

struct cxl_event_data_storage {
	__u64 addr;
};

struct cxl_event_afu_error {
	__u16 flags;
	__u16 reserved1;
	__u32 reserved2;
@@@
#endif /* _UAPI_MISC_CXL_H */
